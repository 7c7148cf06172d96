"""Webhooks: settings, signatures, arrays, duplicates, retries, and echoes of our own writes."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest

from sandbox.hubspot import signatures
from tests.sandbox.hubspot.portals import App, Portal, V
from tests.support.contract import check_response, has_specs
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxServer

SECRET, URI, BODY = (
    "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy",
    "https://www.example.com/webhook_uri",
    b'{"example_field":"example_value"}',
)
AT = 1_767_225_600_000


def test_signatures_equal_the_published_ones() -> None:
    assert signatures.v1(SECRET, BODY) == "54b2530692e3a3982727206aeee670ed1d85319cad55d4ddbafcf41725ebf2b3"
    assert (
        signatures.v2(SECRET, "POST", URI, BODY) == "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900"
    )
    assert signatures.v2(SECRET, "GET", URI, b"") == "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"
    assert signatures.v3(SECRET, "POST", URI, BODY, AT) == "TT+Iwr8k5CYrUppjgQTxIC1o4NzJ7hQNLx3D+XDGKAc="
    body = '{"name":"山田"}'.encode()
    for address in ("acct=a:b@c", "acct=a%3Ab%40c"):
        signed = signatures.v3(SECRET, "POST", f"https://www.example.com/hs/hook?{address}", body, AT)
        assert signed == "/p29GlxsDB46EvxLLhfQdSbdSj/w5NF1/tuSivQQ70M="


def settings(app: App, url: str, **more: Any) -> Any:
    body = {"targetUrl": url, "throttling": {"maxConcurrentRequests": 10}} | more
    return app.call("PUT", f"/webhooks/{V}/{app.app_id}/settings", body)


def subscribe(app: App, kind: str, **more: Any) -> Any:
    body = {"eventType": kind, "active": True} | more
    return app.call("POST", f"/webhooks/{V}/{app.app_id}/subscriptions", body)


@pytest.fixture
def heard(portal: Portal, receiver: WebhookReceiver) -> Portal:
    """A portal whose app listens to first names, creations and merges."""
    assert settings(portal.app, receiver.url).status_code == 200
    for kind in ("creation", "deletion", "merge", "associationChange", "privacyDeletion", "restore"):
        assert subscribe(portal.app, f"contact.{kind}").status_code == 201
    assert subscribe(portal.app, "contact.propertyChange", propertyName="firstname").status_code == 201
    return portal


def events(portal: Portal, receiver: WebhookReceiver) -> list[dict[str, Any]]:
    portal.wait()
    return [event for received in receiver.received for event in json.loads(received.body)]


def kinds(portal: Portal, receiver: WebhookReceiver) -> list[str]:
    return [event["subscriptionType"].partition(".")[2] for event in events(portal, receiver)]


def test_settings_and_subscriptions_are_as_described(portal: Portal) -> None:
    app, path = portal.app, f"/webhooks/{V}/{portal.app.app_id}"
    assert app.call("GET", f"{path}/settings").status_code == 404
    assert settings(app, "ftp://x").status_code == 400
    assert settings(app, "https://a.example", throttling={"maxConcurrentRequests": 5}).status_code == 400
    made = settings(app, "https://a.example")
    subscribed = subscribe(app, "contact.propertyChange", propertyName="email")
    if has_specs():
        check_response("hubspot/webhooks.json", "PUT", f"{path}/settings", 200, made.json())
        check_response("hubspot/webhooks.json", "POST", f"{path}/subscriptions", 201, subscribed.json())
    number = subscribed.json()["id"]
    assert subscribe(app, "contact.propertyChange", propertyName="email").status_code == 409
    assert subscribe(app, "contact.propertyChange").status_code == 400
    assert subscribe(app, "object.creation").status_code == 400
    assert app.call("PATCH", f"{path}/subscriptions/{number}", {"active": False}).json()["active"] is False
    assert app.call("DELETE", f"{path}/subscriptions/{number}").status_code == 204
    assert app.call("GET", f"{path}/subscriptions").json() == {"results": []}


def test_the_developer_key_belongs_to_one_app(portal: Portal) -> None:
    other = App.open(portal.server)
    refused = other.call("GET", f"/webhooks/{V}/{portal.app.app_id}/settings")
    assert (refused.status_code, refused.json()["category"]) == (401, "INVALID_AUTHENTICATION")


def test_changes_are_told_with_who_made_them(heard: Portal, receiver: WebhookReceiver) -> None:
    contact = heard.contact(firstname="A", city="京都")
    heard.control("PATCH", f"/contacts/{contact}", {"properties": {"firstname": "B", "city": "大阪"}})
    told = events(heard, receiver)
    assert [event["subscriptionType"] for event in told] == [
        "contact.creation",
        "contact.propertyChange",
        "contact.propertyChange",
    ]
    ours, theirs = told[1:]
    assert (ours["changeSource"], ours["sourceId"], ours["propertyValue"]) == ("INTEGRATION", heard.app.app_id, "A")
    assert (theirs["changeSource"], theirs["propertyName"], theirs["propertyValue"]) == ("CRM_UI", "firstname", "B")
    assert (theirs["portalId"], theirs["objectId"], theirs["attemptNumber"]) == (int(heard.portal_id), int(contact), 0)


def test_every_kind_of_event(heard: Portal, receiver: WebhookReceiver) -> None:
    a, b = heard.contact(email="a@b.example"), heard.contact(email="b@b.example")
    company = heard.control("POST", "/companies", {"properties": {"name": "灯商店"}})["id"]
    heard.control("PUT", f"/contacts/{a}/company", {"company": company})
    heard.control("POST", f"/contacts/{a}/merge", {"other": b})
    heard.control("DELETE", f"/contacts/{a}")
    heard.control("POST", f"/contacts/{a}/restore")
    heard.control("POST", f"/contacts/{a}/erase")
    told = events(heard, receiver)
    wanted = ["creation", "creation", "associationChange", "merge", "deletion", "restore", "privacyDeletion"]
    assert sorted(kinds(heard, receiver)) == sorted(wanted)
    merge = next(event for event in told if event["subscriptionType"] == "contact.merge")
    assert (merge["primaryObjectId"], merge["mergedObjectIds"], merge["newObjectId"]) == (int(a), [int(b)], int(a))


def test_requests_are_signed_as_the_app_is_set(heard: Portal, receiver: WebhookReceiver) -> None:
    heard.contact(firstname="花子")
    heard.wait()
    first = receiver.received[0]
    secret = heard.app.client_secret
    assert first.headers["x-hubspot-signature"] == hashlib.sha256(secret.encode() + first.body).hexdigest()
    assert first.headers["x-hubspot-signature-version"] == "v1"
    message = f"POST{receiver.url}".encode() + first.body + first.headers["x-hubspot-request-timestamp"].encode()
    expected = base64.b64encode(hmac.new(secret.encode(), message, hashlib.sha256).digest()).decode()
    assert first.headers["x-hubspot-signature-v3"] == expected
    path = f"/hubspot/apps/{heard.app.app_id}"
    heard.server.api("PATCH", path, {"webhooks": {"signatures": ["v2"]}})
    heard.contact(firstname="x")
    heard.wait()
    assert receiver.received[-1].headers["x-hubspot-signature-version"] == "v2"
    assert "x-hubspot-signature-v3" not in receiver.received[-1].headers


def test_arrays_hold_at_most_a_hundred_and_may_come_twice_and_shuffled(
    heard: Portal, receiver: WebhookReceiver
) -> None:
    path = f"/hubspot/apps/{heard.app.app_id}"
    heard.server.api("PATCH", path, {"webhooks": {"hold": True, "shuffle": True, "duplicate_rate": 1.0}})
    inputs = [{"properties": {"email": f"p{n}@b.example"}} for n in range(100)]
    for start in (0, 50):
        heard.post(f"/crm/objects/{V}/contacts/batch/create", {"inputs": inputs[start : start + 50]})
    heard.contact(email="last@b.example")
    assert receiver.received == []
    assert heard.server.api("POST", f"{path}/webhooks/release") == {"released": 101}
    told = events(heard, receiver)
    assert sorted(len(json.loads(received.body)) for received in receiver.received) == [1, 1, 100, 100]
    ids = [event["objectId"] for event in told]
    assert (len(ids), len(set(ids))) == (202, 101)
    assert ids[:100] != sorted(ids[:100])


def test_a_refused_array_comes_again_with_a_growing_attempt(receiver: WebhookReceiver) -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server)
        settings(portal.app, receiver.url)
        subscribe(portal.app, "contact.creation")
        receiver.statuses = [500, 503]
        portal.contact(email="a@b.example")
        portal.wait()
        for _ in range(2):
            server.advance(200)
            portal.wait()
        assert [event["attemptNumber"] for event in events(portal, receiver)] == [0, 1, 2]


def test_an_answer_that_is_too_slow_is_a_failure(heard: Portal, receiver: WebhookReceiver) -> None:
    heard.server.api("PATCH", f"/hubspot/apps/{heard.app.app_id}", {"webhooks": {"answer_seconds": 0.05}})
    receiver.delay = 0.2
    heard.contact(email="a@b.example")
    heard.wait()
    sent = heard.server.api("GET", f"/hubspot/sent?app_id={heard.app.app_id}&kind=webhook")["sent"]
    assert [entry["reason"] for entry in sent] == ["TIMEOUT"]


def test_events_of_an_unknown_portal_can_be_sent(heard: Portal, receiver: WebhookReceiver) -> None:
    event = {"portalId": 1, "subscriptionType": "contact.creation", "objectId": 5}
    path = f"/hubspot/apps/{heard.app.app_id}/webhooks"
    assert heard.server.api("POST", path, {"events": [event]}) == {"sent": 1}
    assert events(heard, receiver)[0]["portalId"] == 1


def test_after_an_uninstall_nothing_is_told(heard: Portal, receiver: WebhookReceiver) -> None:
    heard.control("DELETE", f"/installs/{heard.app.app_id}")
    heard.control("POST", "/contacts", {"properties": {"email": "a@b.example"}})
    assert events(heard, receiver) == []
