"""Workflow actions: registered by the developer, run for a contact, retried, blocked, called back."""

from __future__ import annotations

import hashlib
import json
import time
from typing import Any

import pytest
import requests

from tests.sandbox.hubspot.portals import App, Portal, V
from tests.support.contract import check_request, check_response, has_specs
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxError, SandboxServer


def definition(url: str) -> dict[str, Any]:
    account = {"name": "line_account", "type": "enumeration", "fieldType": "select", "optionsUrl": f"{url}/options"}
    message = {"name": "message", "type": "string", "fieldType": "textarea", "options": []}
    return {
        "actionUrl": url,
        "published": True,
        "objectTypes": ["CONTACT"],
        "objectRequestOptions": {"properties": ["email"]},
        "inputFields": [
            {"typeDefinition": account | {"options": []}, "supportedValueTypes": ["STATIC_VALUE"], "isRequired": True},
            {"typeDefinition": message, "supportedValueTypes": ["STATIC_VALUE", "OBJECT_PROPERTY"], "isRequired": True},
        ],
        "outputFields": [],
        "labels": {"en": {"actionName": "Send LINE message"}},
        "functions": [],
    }


def developer(app: App, method: str, tail: str = "", body: Any = None, **query: Any) -> requests.Response:
    path = f"/automation/actions/{V}/{app.app_id}{tail}"
    response = app.call(method, path, body, **query)
    if has_specs() and response.status_code < 300:
        check_request("hubspot/automation-actions.json", method, path, body)
        answer = response.json() if response.content else None
        check_response("hubspot/automation-actions.json", method, path, response.status_code, answer)
    return response


@pytest.fixture
def action(portal: Portal, receiver: WebhookReceiver) -> str:
    """The id of a published action whose app listens at the receiver."""
    made = developer(portal.app, "POST", "", definition(receiver.url))
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def run(portal: Portal, action: str, message: str = "hello", contact: str | None = None) -> str:
    contact = contact or portal.contact(email="a@b.example", firstname="花子")
    body = {"definition_id": action, "record_id": contact, "inputs": {"line_account": "7", "message": message}}
    return str(portal.control("POST", "/executions", body)["callback_id"])


def state(portal: Portal, callback: str, *, but: str = "WAITING") -> dict[str, Any]:
    """The run once its state differs from `but`."""
    for _ in range(500):
        found: dict[str, Any] = portal.control("GET", f"/executions/{callback}")
        if found["state"] != but:
            return found
        time.sleep(0.01)
    raise AssertionError(found)


def answer(receiver: WebhookReceiver, **outputs: str) -> None:
    receiver.answer = json.dumps({"outputFields": outputs}).encode()


def test_definitions_are_registered_changed_and_revised(portal: Portal, action: str) -> None:
    changed = developer(portal.app, "PATCH", f"/{action}", {"published": False})
    assert (changed.json()["published"], changed.json()["revisionId"]) == (False, "2")
    assert [entry["id"] for entry in developer(portal.app, "GET").json()["results"]] == [action]
    revisions = developer(portal.app, "GET", f"/{action}/revisions").json()["results"]
    assert [entry["revisionId"] for entry in revisions] == ["2", "1"]
    assert portal.control("GET", "/actions") == {"actions": []}
    assert developer(portal.app, "DELETE", f"/{action}").status_code == 204
    assert developer(portal.app, "GET", f"/{action}").status_code == 404
    assert developer(portal.app, "GET", f"/{action}", archived="true").json()["archivedAt"]


@pytest.mark.parametrize("wrong", [{"actionUrl": "x"}, {"labels": {}}, {"inputFields": [{}]}, {"colour": 1}])
def test_definitions_are_checked(portal: Portal, wrong: dict[str, Any]) -> None:
    assert developer(portal.app, "POST", "", definition("https://a.example") | wrong).status_code == 400


def test_a_run_is_signed_and_carries_what_was_asked_for(portal: Portal, action: str, receiver: WebhookReceiver) -> None:
    answer(receiver, hs_execution_state="SUCCESS", line_result="sent")
    contact = portal.contact(email="a@b.example", firstname="花子")
    callback = run(portal, action, "Hi {{ contact.firstname }}, {{lastname}}!", contact)
    done = state(portal, callback)
    assert (done["state"], done["outputs"]["line_result"]) == ("SUCCESS", "sent")
    (received,) = receiver.received
    body = received.json
    assert (body["callbackId"], body["origin"]["portalId"]) == (callback, int(portal.portal_id))
    assert body["object"] == {"objectId": int(contact), "objectType": "CONTACT", "properties": {"email": "a@b.example"}}
    assert body["inputFields"] == body["fields"] == {"line_account": "7", "message": "Hi 花子, !"}
    signed = f"{portal.app.client_secret}POST{receiver.url}".encode() + received.body
    assert received.headers["x-hubspot-signature"] == hashlib.sha256(signed).hexdigest()
    assert received.headers["x-hubspot-signature-version"] == "v2"


def test_a_refusal_ends_a_run(portal: Portal, action: str, receiver: WebhookReceiver) -> None:
    receiver.statuses = [410]
    assert state(portal, run(portal, action))["state"] == "FAILED"
    assert len(receiver.received) == 1


def test_failures_are_tried_again_with_the_same_callback(receiver: WebhookReceiver) -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server)
        action = developer(portal.app, "POST", "", definition(receiver.url)).json()["id"]
        answer(receiver, hs_execution_state="SUCCESS")
        receiver.statuses, receiver.answer_headers = [503, 429], {"Retry-After": "2500"}
        callback = run(portal, action)
        for attempt, seconds in enumerate((61, 2), start=1):
            while portal.control("GET", f"/executions/{callback}")["detail"] == "" or len(receiver.received) < attempt:
                time.sleep(0.01)
            time.sleep(0.05)
            server.advance(seconds)
        assert len(receiver.received) == 2
        server.advance(1)
        assert state(portal, callback)["attempts"] == 3
        assert {received.json["callbackId"] for received in receiver.received} == {callback}


def test_a_blocked_run_waits_for_its_callback(portal: Portal, action: str, receiver: WebhookReceiver) -> None:
    answer(receiver, hs_execution_state="BLOCK")
    callback = run(portal, action)
    assert state(portal, callback)["state"] == "BLOCK"
    path, outputs = (
        f"/automation/actions/callbacks/{V}",
        {"hs_execution_state": "FAIL_CONTINUE", "line_result": "blocked"},
    )
    body = {"outputFields": outputs, "typedOutputs": {}}
    assert portal.checked("POST", f"{path}/{callback}/complete", body).status_code == 204
    done = portal.control("GET", f"/executions/{callback}")
    assert (done["state"], done["outputs"]["line_result"]) == ("FAIL_CONTINUE", "blocked")
    for unknown in (callback, "ap-1-2-3-4"):
        refused = portal.post(f"{path}/{unknown}/complete", body)
        assert (refused.status_code, refused.json()["category"]) == (404, "OBJECT_NOT_FOUND")
    again = run(portal, action, contact=portal.contact(email="b@b.example"))
    state(portal, again)
    batch = {"inputs": [{"callbackId": again, **body}]}
    assert portal.checked("POST", f"{path}/complete", batch).status_code == 204


def test_a_callback_after_its_time_finds_nothing(receiver: WebhookReceiver) -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server, switches={"access_token_seconds": 10**7})
        action = developer(portal.app, "POST", "", definition(receiver.url)).json()["id"]
        answer(receiver, hs_execution_state="BLOCK", hs_expiration_duration="PT10M")
        callback = run(portal, action)
        state(portal, callback)
        server.advance(601)
        body = {"outputFields": {}, "typedOutputs": {}}
        assert portal.post(f"/automation/actions/callbacks/{V}/{callback}/complete", body).status_code == 404
        assert portal.control("GET", f"/executions/{callback}")["state"] == "EXPIRED"


def test_the_choices_of_a_field_are_fetched(portal: Portal, action: str, receiver: WebhookReceiver) -> None:
    receiver.answer = json.dumps({"options": [{"label": "灯珈琲", "value": "7"}], "searchable": True}).encode()
    body = {"field": "line_account", "q": "灯", "inputs": {"message": "x"}}
    found = portal.control("POST", f"/actions/{action}/options", body)
    assert (found["status"], found["answer"]["options"][0]["value"]) == (200, "7")
    (received,) = receiver.received
    assert received.path == "/callback/options"
    assert (received.json["inputFieldName"], received.json["fetchOptions"]["q"]) == ("line_account", "灯")


def test_a_portal_without_the_tier_has_no_actions_and_takes_no_callbacks(portal: Portal, action: str) -> None:
    portal.control("PATCH", "", {"tier": "starter"})
    assert portal.control("GET", "/actions") == {"actions": []}
    with pytest.raises(SandboxError, match="offer no such action"):
        run(portal, action)
    body = {"outputFields": {}, "typedOutputs": {}}
    refused = portal.post(f"/automation/actions/callbacks/{V}/x/complete", body)
    assert (refused.status_code, refused.json()["category"]) == (403, "ACCOUNT_FEATURE_MISSING")


def test_functions_of_a_definition_are_kept(portal: Portal, action: str) -> None:
    url = f"{portal.server.url}/hubspot/automation/actions/{V}/{portal.app.app_id}/{action}/functions/PRE_FETCH_OPTIONS"
    key = {"hapikey": portal.app.developer_key}
    assert requests.put(url, data="exports.main = 1", params=key, timeout=20).status_code == 200
    assert requests.get(url, params=key, timeout=20).json()["functionSource"] == "exports.main = 1"
    assert requests.delete(url, params=key, timeout=20).status_code == 204
    assert requests.get(url, params=key, timeout=20).status_code == 404
