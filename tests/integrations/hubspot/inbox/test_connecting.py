"""Inbox sync is begun at HubSpot, chosen here, confirmed by HubSpot, renamed, removed and connected again."""

from __future__ import annotations

import re

import pytest

from app.core.db import db
from app.integrations.hubspot.inbox import publishing
from app.integrations.hubspot.inbox.looking import order_unlike
from app.integrations.hubspot.inbox.models import HubSpotInbox
from app.integrations.hubspot.registering import register_app
from app.integrations.shared.models import IntegrationAccount
from app.line.operations.connecting import disconnect
from app.team.actors import SYSTEM
from tests.factories import line
from tests.integrations.hubspot.inbox.conftest import Desk
from tests.support.waiting import wait_until

ROOT = "/conversations/custom-channels/2026-03"


def test_the_channel_is_registered_once_however_often_it_is_tried(begun: Desk) -> None:
    assert register_app()
    db.session.execute(db.text("UPDATE hubspot_channels SET channel_id = NULL"))
    db.session.commit()
    assert register_app()
    app = begun.portal.app
    (channel,) = app.call("GET", ROOT, appId=app.app_id).json()["results"]
    assert channel["capabilities"]["threadingModel"] == "INTEGRATION_THREAD_ID"
    assert "/integrations/hubspot/inbox/webhooks/" in channel["webhookUrl"]


def test_an_administrator_connects_an_account_from_hubspot(begun: Desk) -> None:
    query = begun.visit()
    page = begun.browser.get("/integrations/hubspot/inbox/connect", query_string=query)
    assert begun.shop.account.name in page.text
    answered = begun.choose(query)
    assert query["redirectUrl"] in answered.text
    wait_until(lambda: begun.inbox().state == "connected", "the connection")
    inbox = begun.inbox()
    assert (inbox.name, inbox.inbox_name) == (begun.shop.account.name, "Support")
    shown = begun.browser.get(f"/integrations/hubspot/{begun.integration.id}/settings").text
    assert "Connected since" in shown and "Support" in shown


def test_without_a_token_the_page_says_where_to_begin(begun: Desk) -> None:
    assert "Begin in HubSpot" in begun.browser.get("/integrations/hubspot/inbox/connect").text


def test_who_is_not_signed_in_comes_back_with_the_whole_address(begun: Desk) -> None:
    page = begun.browser.application.test_client().get("/integrations/hubspot/inbox/connect?accountToken=t&channelId=5")
    assert page.status_code == 303
    assert "accountToken" in page.headers["Location"] and "channelId" in page.headers["Location"]


def test_an_account_must_be_chosen_and_free(desk: Desk) -> None:
    query = desk.visit()
    none = desk.browser.post(
        "/integrations/hubspot/inbox/connect", data={"account_token": "t", "channel_id": query["channelId"]}
    )
    assert none.status_code == 422 and "Choose a LINE account" in none.text
    taken = desk.choose(query)
    assert taken.status_code == 422 and "connected with HubSpot&#39;s inbox already" in taken.text


def test_a_token_that_hubspot_does_not_know_is_said(begun: Desk) -> None:
    refused = begun.choose(begun.visit() | {"accountToken": "unknown"})
    assert refused.status_code == 422 and "does not know this connection any more" in refused.text


def test_the_way_back_leads_to_hubspot_only(begun: Desk) -> None:
    answered = begun.choose(begun.visit() | {"redirectUrl": "https://evil.example/"})
    assert "evil.example" not in answered.text + str(answered.headers)


def test_a_rename_at_hubspot_is_followed_and_a_removal_ends_it(desk: Desk) -> None:
    account = desk.inbox().channel_account_id
    desk.portal.control("PATCH", f"/inbox/accounts/{account}", {"name": "At the station"})
    wait_until(lambda: desk.look().name == "At the station", "the rename")
    desk.portal.control("DELETE", f"/inbox/accounts/{account}")
    wait_until(lambda: desk.look().state == "disconnected", "the removal")
    page = desk.browser.get(f"/integrations/hubspot/{desk.integration.id}/settings").text
    assert "The channel was removed in HubSpot" in page and "Disconnected since" in page


def test_events_that_come_late_or_twice_change_nothing(desk: Desk) -> None:
    before = desk.inbox()
    account, key = before.channel_account_id, db.session.scalar(db.text("SELECT webhook_key FROM hubspot_channels"))
    for kind in ("CHANNEL_ACCOUNT_PURGED", "CHANNEL_ACCOUNT_CREATED", "CHANNEL_ACCOUNT_CREATED"):
        event = {"type": kind, "portalId": desk.portal.portal_id, "channelAccountId": account}
        assert desk.browser.post(f"/integrations/hubspot/inbox/webhooks/{key}", json=event).status_code == 200
        desk.look()
    assert (desk.inbox().state, desk.inbox().channel_account_id) == ("connected", account)


def test_only_the_secret_address_takes_webhooks_and_a_wrong_signature_is_refused(desk: Desk) -> None:
    assert desk.browser.post("/integrations/hubspot/inbox/webhooks/guessed", json={}).status_code == 404
    key = db.session.scalar(db.text("SELECT webhook_key FROM hubspot_channels"))
    forged = {"X-HubSpot-Signature-v3": "Zm9yZ2Vk", "X-HubSpot-Request-Timestamp": "1767225600000"}
    path = f"/integrations/hubspot/inbox/webhooks/{key}"
    assert desk.browser.post(path, json={}, headers=forged).status_code == 401
    assert desk.browser.post(path, json=[{"type": "OTHER", "portalId": "1"}]).status_code == 200


def test_a_test_message_appears_at_hubspot_and_its_answer_says_what_it_is(desk: Desk) -> None:
    page = desk.browser.post(f"/integrations/hubspot/{desk.integration.id}/inbox/{desk.inbox().id}/test")
    assert page.status_code in (200, 303)
    ((direction, text),) = desk.texts()
    assert direction == "INCOMING" and text.startswith("Test message of Tomoru")
    assert desk.inbox().last_published_at is not None
    assert desk.section().count("None yet") == 1, "only nothing of HubSpot has come yet"
    message = desk.write("Does it work?")
    desk.work()
    assert desk.status(message)[0] == "FAILED" and "is a test of the connection" in desk.status(message)[1]


def test_another_account_takes_the_channel_over_and_is_chosen_by_its_whole_name_and_id(desk: Desk) -> None:
    other = line.account(name="Tomoru Coffee at the station")
    names = {"integration_id": desk.integration.id, "service": "hubspot", "number": 2}
    db.session.add(IntegrationAccount(account_id=other.id, **names))
    db.session.commit()
    inbox_id, other_id = desk.inbox().id, other.id
    (choice,) = re.findall(r"<input[^>]*type=\"radio\"[^>]*>.*?</label>", desk.section(), re.DOTALL)
    assert f'value="{other_id}" checked' in choice
    assert "Tomoru Coffee at the station" in choice and str(other.basic_id) in choice
    path = f"/integrations/hubspot/{desk.integration.id}/inbox/{inbox_id}/account"
    assert desk.browser.post(path, data={"account": other_id}).status_code in (200, 303)
    db.session.rollback()
    assert db.session.get_one(HubSpotInbox, inbox_id).account_id == other_id


def test_removing_it_deletes_nothing_and_connecting_again_doubles_nothing(desk: Desk, hana: str) -> None:
    desk.shop.say(hana, "First")
    desk.publish()
    inbox = desk.inbox()
    url = f"/integrations/hubspot/{desk.integration.id}/inbox/{inbox.id}"
    assert desk.browser.post(f"{url}/removal").status_code in (200, 303)
    (account,) = desk.portal.control("GET", "/inbox")["accounts"]
    assert (account["authorized"], account["archived_at"]) == (False, None)
    assert "Inbox sync was removed here." in desk.section() and "Disconnected since" in desk.section()
    desk.shop.say(hana, "While it was removed")
    assert desk.publish() == 0
    assert desk.connect().state == "connected"
    desk.shop.say(hana, "Again")
    desk.publish()
    assert desk.texts() == [("INCOMING", "First"), ("INCOMING", "Again")]
    accounts = desk.portal.control("GET", "/inbox")["accounts"]
    assert [(one["id"], one["authorized"]) for one in accounts] == [(account["id"], True)]


def follow(desk: Desk, state: str, problem: str | None = None) -> None:
    """Let HubSpot hear how the LINE account is now; where a webhook has ordered a look for later, that one tells it."""
    change = db.text("UPDATE accounts SET state = :state, problem = :problem")
    db.session.execute(change, {"state": state, "problem": problem})
    order_unlike()
    db.session.commit()
    wait_until(lambda: (desk.look().problem is None) == (state == "connected"), "the state at HubSpot")


def is_authorized(desk: Desk) -> bool:
    """Return whether HubSpot may use the channel."""
    (account,) = desk.portal.control("GET", "/inbox")["accounts"]
    return bool(account["authorized"])


@pytest.mark.parametrize(("state", "problem"), [("broken", "line.token_refused"), ("disconnected", None)])
def test_while_line_is_lost_hubspot_may_not_use_the_channel(
    desk: Desk, hana: str, state: str, problem: str | None
) -> None:
    desk.shop.say(hana, "Before")
    follow(desk, state, problem)
    assert not is_authorized(desk)
    assert desk.publish() == 0
    page = desk.browser.get(f"/integrations/hubspot/{desk.integration.id}/settings").text
    assert "Paused" in page and "Messages wait and go in order afterwards." in page
    follow(desk, "connected")
    assert is_authorized(desk) and desk.inbox().problem is None
    desk.publish()
    assert desk.texts() == [("INCOMING", "Before")]


def test_disconnecting_the_line_account_is_told_at_once(desk: Desk) -> None:
    disconnect(desk.shop.account, actor=SYSTEM)
    db.session.commit()
    desk.look()
    (account,) = desk.portal.control("GET", "/inbox")["accounts"]
    assert account["authorized"] is False


def test_removing_the_integration_stops_the_inbox_too(desk: Desk, hana: str) -> None:
    desk.browser.post(f"/integrations/hubspot/{desk.integration.id}/disconnection")
    desk.shop.say(hana, "Hello?")
    assert desk.inbox().state == "disconnected" and desk.publish() == 0
    assert desk.portal.control("GET", "/inbox")["threads"] == []


@pytest.mark.parametrize(
    ("portal_change", "said"),
    [
        ({"tier": "starter"}, "has no channels of apps"),
        ({"scopes": ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write"]}, "did not grant what this"),
    ],
)
def test_a_lacking_plan_or_scope_pauses_and_everything_goes_afterwards(
    desk: Desk, hana: str, portal_change: dict[str, object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(publishing.queue, "after_commit", lambda _session, name, *_args, **_more: woken.append(name))
    app_id, granted = desk.portal.app.app_id, desk.portal.control("GET", "")["installs"][0]["scopes"]
    path = f"/installs/{app_id}" if "scopes" in portal_change else ""
    desk.portal.control("PATCH", path, portal_change)
    desk.shop.say(hana, "One")
    desk.publish()
    assert ("integrations.hubspot.look" in woken) == ("scopes" in portal_change), "What is missing is looked at."
    desk.shop.say(hana, "Two")
    page = desk.browser.get(f"/integrations/hubspot/{desk.integration.id}/settings").text
    assert said in page and "Messages wait and go in order afterwards." in page
    desk.portal.control("PATCH", "", {"tier": "professional"})
    desk.portal.control("PATCH", f"/installs/{app_id}", {"scopes": granted})
    desk.browser.post(f"/integrations/hubspot/{desk.integration.id}/inbox/{desk.inbox().id}/check")
    desk.publish()
    assert desk.texts() == [("INCOMING", "One"), ("INCOMING", "Two")]
    assert desk.inbox().problem is None
