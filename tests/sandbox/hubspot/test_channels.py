"""Channels of apps in inboxes: registered, connected from the settings, renamed and removed, and told to the app."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.sandbox.hubspot.portals import App, Portal, V
from tests.support.contract import check_request, check_response, has_specs
from tests.support.receiver import Received, WebhookReceiver

ROOT = f"/conversations/custom-channels/{V}"
CAPABILITIES = {
    "deliveryIdentifierTypes": ["CHANNEL_SPECIFIC_OPAQUE_ID"],
    "threadingModel": "INTEGRATION_THREAD_ID",
    "richText": ["HYPERLINK"],
    "allowInlineImages": False,
    "allowOutgoingMessages": True,
    "outgoingAttachmentTypes": ["FILE"],
    "maxFileAttachmentCount": 5,
}


def developer(app: App, method: str, tail: str = "", body: Any = None) -> Any:
    """Call as the developer, and hold it against the description."""
    response = app.call(method, f"{ROOT}{tail}", body, appId=app.app_id)
    if has_specs() and response.status_code < 300 and method in ("GET", "POST") and not tail:
        check_request("hubspot/custom-channels.json", method, f"{ROOT}{tail}", body)
        check_response("hubspot/custom-channels.json", method, f"{ROOT}{tail}", response.status_code, response.json())
    return response


def register(app: App, url: str, **capabilities: Any) -> str:
    """Register a channel whose app listens at this address; its id."""
    body = {
        "name": "LINE",
        "webhookUrl": f"{url}/channel",
        "channelAccountConnectionRedirectUrl": f"{url}/connect",
        "capabilities": CAPABILITIES | capabilities,
    }
    made = developer(app, "POST", "", body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


@pytest.fixture
def channel(portal: Portal, receiver: WebhookReceiver) -> str:
    return register(portal.app, receiver.url)


def identifier(value: str) -> dict[str, str]:
    return {"type": "CHANNEL_SPECIFIC_OPAQUE_ID", "value": value}


def begin(portal: Portal, channel: str, inbox: str = "1") -> dict[str, str]:
    """Begin to connect in the settings; the query with which the app is visited."""
    body = {"channel_id": channel, "inbox_id": inbox}
    location = portal.control("POST", "/inbox/connections", body)["location"]
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


def connect(portal: Portal, channel: str, value: str = "acct-1") -> str:
    """Connect the channel as its app does; the account's id."""
    token = begin(portal, channel)["accountToken"]
    body = {"accountName": "Coffee", "deliveryIdentifier": identifier(value)}
    answered = portal.checked("PATCH", f"{ROOT}/{channel}/channel-account-staging-tokens/{token}", body)
    assert answered.status_code == 200, answered.text
    return str(portal.control("GET", "/inbox")["accounts"][-1]["id"])


def told(receiver: WebhookReceiver, kind: str, count: int = 1) -> list[Received]:
    """The webhooks of a kind, once there are so many."""
    for _ in range(300):
        found = [one for one in receiver.received if one.path.endswith("/channel") and one.json["type"] == kind]
        if len(found) >= count:
            return found
        time.sleep(0.01)
    raise AssertionError([one.body for one in receiver.received])


def test_a_channel_is_registered_changed_and_archived(portal: Portal) -> None:
    channel = register(portal.app, "http://127.0.0.1:9")
    (listed,) = developer(portal.app, "GET").json()["results"]
    assert listed["id"] == channel and listed["webhookUrl"] == "http://127.0.0.1:9/channel"
    changed = developer(portal.app, "PATCH", f"/{channel}", {"webhookUrl": "http://127.0.0.1:9/other"})
    assert changed.json()["webhookUrl"].endswith("/other")
    assert portal.app.call("GET", ROOT, appId=portal.app.app_id, hapikey="wrong").status_code == 401
    assert developer(portal.app, "DELETE", f"/{channel}").status_code == 204
    assert developer(portal.app, "GET").json()["results"] == []


def test_capabilities_are_checked(portal: Portal) -> None:
    for wrong in ({"deliveryIdentifierTypes": [{"type": "X"}]}, {"threadingModel": "NONE"}, {"unheardOf": 1}):
        refused = developer(portal.app, "POST", "", {"name": "LINE", "capabilities": CAPABILITIES | wrong})
        assert refused.status_code == 400
        assert refused.json()["subCategory"] == "CustomChannelsError.INVALID_CHANNEL_CAPABILITY_VALUES"


def test_an_administrator_connects_a_channel(portal: Portal, channel: str, receiver: WebhookReceiver) -> None:
    query = begin(portal, channel)
    assert query["channelId"] == channel and query["redirectUrl"].endswith("/inboxes")
    account = connect(portal, channel)
    (created,) = told(receiver, "CHANNEL_ACCOUNT_CREATED")
    assert created.json["channelAccountId"] == account and created.json["portalId"] == portal.portal_id
    assert created.headers["x-hubspot-signature-v3"]
    found = portal.checked("GET", f"{ROOT}/{channel}/channel-accounts?deliveryIdentifierValue=acct-1").json()
    assert [one["id"] for one in found["results"]] == [account]


def test_a_token_and_an_identifier_connect_once(portal: Portal, channel: str) -> None:
    token = begin(portal, channel)["accountToken"]
    path, body = f"{ROOT}/{channel}/channel-account-staging-tokens/{token}", {"deliveryIdentifier": identifier("a")}
    assert portal.call("PATCH", path, body).status_code == 200
    assert portal.call("PATCH", path, body).status_code == 409
    other = begin(portal, channel)["accountToken"]
    path = f"{ROOT}/{channel}/channel-account-staging-tokens/{other}"
    assert portal.call("PATCH", path, body).status_code == 409
    unknown = f"{ROOT}/{channel}/channel-account-staging-tokens/unknown"
    assert portal.call("PATCH", unknown, body).status_code == 404


def test_renames_and_removals_are_told(portal: Portal, channel: str, receiver: WebhookReceiver) -> None:
    account = connect(portal, channel)
    path = f"{ROOT}/{channel}/channel-accounts/{account}"
    portal.control("PATCH", f"/inbox/accounts/{account}", {"name": "Coffee at the station"})
    (renamed,) = told(receiver, "CHANNEL_ACCOUNT_UPDATED")
    assert renamed.json["channelAccount"]["name"] == "Coffee at the station"
    assert portal.checked("PATCH", path, {"authorized": False}).json()["authorized"] is False
    portal.control("DELETE", f"/inbox/accounts/{account}")
    told(receiver, "CHANNEL_ACCOUNT_PURGED")
    assert portal.checked("GET", path).json()["archived"] is True
    assert portal.call("PATCH", path, {"authorized": True}).status_code == 404


def test_channels_need_the_plan_and_the_scope(portal: Portal, channel: str) -> None:
    path = f"{ROOT}/{channel}/channel-accounts"
    portal.control("PATCH", f"/installs/{portal.app.app_id}", {"scopes": ["oauth"]})
    assert portal.get(path).json()["category"] == "MISSING_SCOPES"
    portal.control("PATCH", "", {"tier": "starter"})
    assert portal.get(path).json()["category"] == "ACCOUNT_FEATURE_MISSING"
    assert portal.control("GET", "/inbox")["channels"] == []
