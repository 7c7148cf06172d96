"""The inbox: messages of apps and of people, what becomes of them, and files with private addresses."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
import requests

from tests.sandbox.hubspot.portals import Portal, V
from tests.sandbox.hubspot.test_channels import ROOT, channel, connect, developer, identifier, told
from tests.sandbox.hubspot.test_pages import Browser, browser
from tests.support.contract import check_response, has_specs
from tests.support.receiver import WebhookReceiver
from tests.support.waiting import wait_until

__all__ = ["browser", "channel"]
OUTGOING = "OUTGOING_CHANNEL_MESSAGE_CREATED"


@pytest.fixture
def account(portal: Portal, channel: str) -> str:
    return connect(portal, channel)


def message(account: str, text: str = "hello", thread: str = "t1", **fields: Any) -> dict[str, Any]:
    return {
        "channelAccountId": account,
        "messageDirection": "INCOMING",
        "timestamp": "2026-11-21T01:02:03Z",
        "text": text,
        "senders": [{"name": "Yamada", "deliveryIdentifier": identifier("U1")}],
        "recipients": [{"deliveryIdentifier": identifier("acct-1")}],
        "attachments": [],
        "integrationThreadId": thread,
        **fields,
    }


def publish(portal: Portal, channel: str, body: dict[str, Any]) -> dict[str, Any]:
    response = portal.checked("POST", f"{ROOT}/{channel}/messages", body)
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def upload(portal: Portal, content: bytes = b"\x89PNG", **options: Any) -> dict[str, Any]:
    form = {"options": json.dumps({"access": "PRIVATE"} | options), "folderPath": "/line"}
    files = {"file": ("photo.png", content, "image/png")}
    response = portal.call("POST", f"/files/{V}/files", data=form, files=files)
    assert response.status_code == 201, response.text
    if has_specs():
        check_response("hubspot/files.json", "POST", f"/files/{V}/files", 201, response.json())
    made: dict[str, Any] = response.json()
    return made


def test_the_same_idempotency_id_is_one_message(portal: Portal, channel: str, account: str) -> None:
    first = publish(portal, channel, message(account, integrationIdempotencyId="m1"))
    again = publish(portal, channel, message(account, integrationIdempotencyId="m1"))
    other = publish(portal, channel, message(account, "second", integrationIdempotencyId="m2"))
    assert first["id"] == again["id"] != other["id"]
    assert first["conversationsThreadId"] == other["conversationsThreadId"]
    assert [one["text"] for one in thread(portal)["messages"]] == ["hello", "second"]


def thread(portal: Portal) -> dict[str, Any]:
    (found,) = portal.control("GET", "/inbox")["threads"]
    return dict(portal.control("GET", f"/inbox/threads/{found['id']}"))


def test_the_app_names_threads(portal: Portal, channel: str, account: str) -> None:
    publish(portal, channel, message(account, thread="t1"))
    publish(portal, channel, message(account, thread="t2"))
    assert {one["integration_id"] for one in portal.control("GET", "/inbox")["threads"]} == {"t1", "t2"}
    unnamed = message(account)
    del unnamed["integrationThreadId"]
    assert portal.call("POST", f"{ROOT}/{channel}/messages", unnamed).status_code == 400


def test_what_a_message_names_must_be_there(portal: Portal, channel: str, account: str) -> None:
    path = f"{ROOT}/{channel}/messages"
    file = [{"type": "FILE", "fileId": "404", "fileUsageType": "IMAGE"}]
    assert portal.call("POST", path, message(account, attachments=file)).status_code == 400
    assert portal.call("POST", path, message(account, associateWithContactId=404)).status_code == 404
    assert portal.call("POST", path, message("404")).status_code == 404
    portal.call("PATCH", f"{ROOT}/{channel}/channel-accounts/{account}", {"authorized": False})
    assert portal.call("POST", path, message(account)).status_code == 400


def test_a_contact_is_tied_to_the_thread(portal: Portal, channel: str, account: str) -> None:
    contact = portal.contact(lastname="Yamada")
    publish(portal, channel, message(account, associateWithContactId=int(contact)))
    assert thread(portal)["contact_id"] == contact
    number = thread(portal)["id"]
    read = portal.get(f"/conversations/conversations/2026-09-beta/threads/{number}").json()
    assert read["associatedContactId"] == contact


def test_a_person_answers_and_the_app_says_what_became_of_it(
    portal: Portal, channel: str, account: str, receiver: WebhookReceiver
) -> None:
    publish(portal, channel, message(account))
    path = f"/inbox/threads/{thread(portal)['id']}/messages"
    content = base64.b64encode(b"%PDF").decode()
    file = {"name": "menu.pdf", "content_type": "application/pdf", "content": content}
    written = portal.control("POST", path, {"text": "はい", "agent": 1, "files": [file]})
    (sent,) = told(receiver, OUTGOING)
    assert sent.json["channelIntegrationThreadIds"] == ["t1"]
    assert sent.json["message"]["senders"][0]["name"] == "Ken Mori"
    assert requests.get(sent.json["message"]["attachments"][0]["url"], timeout=20).content == b"%PDF"
    answered = portal.checked("PATCH", f"{ROOT}/{channel}/messages/{written['id']}", {"statusType": "SENT"})
    assert answered.json()["status"] == {"statusType": "SENT"}
    failed = {"statusType": "FAILED", "errorMessage": "Blocked."}
    body = portal.checked("PATCH", f"{ROOT}/{channel}/messages/{written['id']}", failed).json()
    assert body["status"]["failureDetails"]["errorMessage"] == "Blocked."
    assert portal.get("/conversations/conversations/2026-09-beta/actors/A-2").json()["name"] == "Ken Mori"


def test_webhooks_come_twice_as_arrays_and_again_after_a_failure(
    portal: Portal, channel: str, account: str, receiver: WebhookReceiver
) -> None:
    publish(portal, channel, message(account))
    portal.control("PATCH", "/inbox", {"duplicate_rate": 1.0})
    portal.control("POST", f"/inbox/threads/{thread(portal)['id']}/messages", {"text": "hi"})
    first, second = told(receiver, OUTGOING, 2)
    assert first.json["message"]["id"] == second.json["message"]["id"]
    portal.control("PATCH", "/inbox", {"duplicate_rate": 0.0, "as_arrays": True, "is_signed": False})
    receiver.received.clear()
    portal.control("POST", f"/inbox/messages/{first.json['message']['id']}/again")
    (raw,) = wait_until(lambda: list(receiver.received), "the webhook again")
    assert json.loads(raw.body)[0]["type"] == OUTGOING and "x-hubspot-signature-v3" not in raw.headers


def test_a_late_webhook_is_overtaken_by_the_next_one(
    portal: Portal, channel: str, account: str, receiver: WebhookReceiver
) -> None:
    publish(portal, channel, message(account))
    path = f"/inbox/threads/{thread(portal)['id']}/messages"
    portal.control("PATCH", "/inbox", {"late_seconds": 60.0})
    portal.control("POST", path, {"text": "First"})
    portal.control("PATCH", "/inbox", {"late_seconds": 0.0})
    portal.control("POST", path, {"text": "Second"})
    (only,) = told(receiver, OUTGOING)
    portal.server.advance(60)
    assert [one.json["message"]["text"] for one in told(receiver, OUTGOING, 2)] == ["Second", "First"]
    assert only.json["message"]["text"] == "Second"


def test_private_files_open_with_a_signed_address_only(portal: Portal) -> None:
    stored = upload(portal)
    assert stored["access"] == "PRIVATE" and requests.get(stored["url"], timeout=20).status_code == 403
    signed = portal.checked("GET", f"/files/{V}/files/{stored['id']}/signed-url").json()
    assert requests.get(signed["url"], timeout=20).content == b"\x89PNG"
    forged = signed["url"].replace("signature=", "signature=0")
    assert requests.get(forged, timeout=20).status_code == 403
    assert portal.call("DELETE", f"/files/{V}/files/{stored['id']}").status_code == 204
    assert requests.get(signed["url"], timeout=20).status_code == 404


def test_an_upload_needs_a_folder_a_form_and_its_access(portal: Portal) -> None:
    files = {"file": ("photo.png", b"x", "image/png")}
    path, options = f"/files/{V}/files", {"options": json.dumps({"access": "PRIVATE"})}
    assert portal.call("POST", path, data=options, files=files).status_code == 400
    assert portal.call("POST", path, data={"folderPath": "/line"}, files=files).status_code == 400
    assert portal.call("POST", path, {"folderPath": "/line"}).status_code == 415
    ids = [upload(portal, duplicateValidationStrategy="RETURN_EXISTING")["id"] for _ in range(2)]
    assert ids[0] == ids[1] != upload(portal)["id"]


def test_its_screens_connect_read_and_answer(
    portal: Portal, channel: str, account: str, browser: Browser, receiver: WebhookReceiver
) -> None:
    settings, inbox = "/live-messages-settings/{p}/inboxes", "/live-messages/{p}/inbox"
    assert "Coffee" in browser.get(settings)
    assert browser.done(settings, act="connect", channel=channel, inbox="2").startswith(f"{receiver.url}/connect?")
    assert "There is no conversation yet" in browser.get(inbox)
    publish(portal, channel, message(account, "<b>いくらですか"))
    assert "&lt;b&gt;いくらですか" in browser.get(inbox)
    place = f"{inbox}/{thread(portal)['id']}"
    assert browser.done(place, text="500円です", agent="0").endswith("?as=0")
    assert "500円です" in browser.get(place)
    assert browser.post(place, text=" ", agent="0").status_code == 400
    browser.done(settings, act="rename", account=account, name="Station")
    browser.done(settings, act="remove", account=account)
    assert "Station" not in browser.get(settings)
    assert "not connected any more" in browser.get(place)


def test_a_channel_that_is_archived_offers_nothing(portal: Portal, channel: str) -> None:
    assert developer(portal.app, "DELETE", f"/{channel}").status_code == 204
    assert portal.get(f"{ROOT}/{channel}/channel-accounts").status_code == 404
