"""Each trouble of the inbox sync has its sentence and its next click; messages wait, and go in order afterwards."""

from __future__ import annotations

import pytest
from cryptography.fernet import Fernet

from app.core.clock import database_now
from app.core.db import db
from app.core.secrets import keyring
from app.integrations.hubspot.credentials import settings
from app.integrations.hubspot.gateway import rate
from app.integrations.hubspot.inbox.publishing import publish_due
from tests.conftest import ENCRYPTION_KEY
from tests.integrations.hubspot.inbox.conftest import Desk
from tests.integrations.hubspot.test_connecting import approved, query_of
from tests.sandbox.hubspot.portals import REDIRECT
from tests.support.waiting import wait_until

WAITS = "Messages wait and go in order afterwards."
WORDS = [("INCOMING", "One"), ("INCOMING", "Two")]


def unreadable_section(desk: Desk) -> str:
    """Return the section Inbox sync while the key of the installation is another one."""
    keyring.use((Fernet.generate_key().decode(),))
    try:
        return desk.section()
    finally:
        keyring.use((ENCRYPTION_KEY,))


def test_an_approval_that_cannot_be_read_is_said_with_the_next_click(begun: Desk) -> None:
    never_connected = unreadable_section(begun)
    assert "Not connected" in never_connected
    assert "cannot be read any more" in never_connected and "Approve again in HubSpot" in never_connected
    assert "cannot be read any more" not in begun.section()


def test_it_pauses_accounts_that_are_connected_and_the_same_click_helps(desk: Desk) -> None:
    paused = unreadable_section(desk)
    assert "Paused" in paused and "cannot be read any more" in paused and WAITS in paused
    assert "Approve again in HubSpot" in paused and "Send test message" not in paused
    assert "Paused" not in desk.section() and "Send test message" in desk.section()


def let_it_be_due() -> None:
    db.session.execute(db.text("UPDATE hubspot_threads SET due_at = now() WHERE due_at IS NOT NULL"))
    db.session.commit()


def say_both(desk: Desk, user_id: str) -> None:
    """Let a friend write twice, and workers try to publish it."""
    for words in ("One", "Two"):
        desk.shop.say(user_id, words)
    desk.publish()


@pytest.mark.parametrize(
    ("limit", "said"),
    [
        ({"enforce_limits": True, "ten_second_limit": 0}, "HubSpot asked us to slow down."),
        ({"daily_limit": 0}, "HubSpot allows no more calls today."),
    ],
)
def test_a_limit_is_said_and_waited_out(
    desk: Desk, hana: str, limit: dict[str, object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate.Priority, "patience", property(lambda _self: 0.05))
    desk.portal.switch(**limit)
    say_both(desk, hana)
    section = desk.section()
    assert said in section and WAITS in section and "Check now" in section
    assert desk.threads() == []
    desk.portal.switch(enforce_limits=False, ten_second_limit=110, daily_limit=None)
    rate.resume(desk.portal.portal_id)
    let_it_be_due()
    desk.publish()
    assert desk.texts() == WORDS and desk.inbox().problem is None
    assert said not in desk.section()


def test_a_token_that_ran_out_is_renewed_unnoticed(desk: Desk, hana: str) -> None:
    desk.portal.control("POST", f"/installs/{desk.portal.app.app_id}/expire")
    say_both(desk, hana)
    assert desk.texts() == WORDS and "Paused" not in desk.section()


def test_a_withdrawn_approval_is_said_and_all_goes_in_order_after_a_reconnection(
    desk: Desk, hana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.portal.control("POST", f"/installs/{desk.portal.app.app_id}/revoke")
    desk.integration.access_expires_at = database_now()
    db.session.commit()
    say_both(desk, hana)
    section = desk.section()
    assert "HubSpot no longer accepts the approval. Reconnect HubSpot." in section and "Paused" in section
    assert WAITS in section and "Approve again in HubSpot" in section and desk.threads() == []
    monkeypatch.setattr(settings, "public_url", REDIRECT.removesuffix("/integrations/hubspot/callback"))
    leads = desk.browser.fragment(f"/integrations/hubspot/{desk.integration.id}/reconnect", "POST")
    desk.browser.get(approved(desk.portal, query_of(leads.headers["HX-Redirect"])))
    db.session.expire_all()
    # What waits goes without a wait for its next try.
    desk.name_everyone()
    publish_due(desk.integration.id)
    assert desk.texts() == WORDS and "Paused" not in desk.section()


def test_a_connection_that_hubspot_has_already_goes_on(begun: Desk) -> None:
    """As after a first press whose answer was lost."""
    query = begun.visit()
    assert begun.choose(query).status_code == 200
    lost = "UPDATE hubspot_inboxes SET state = 'disconnected', connected_at = NULL, channel_account_id = NULL"
    db.session.execute(db.text(lost))
    db.session.commit()
    answered = begun.choose(query)
    assert answered.status_code == 200 and query["redirectUrl"] in answered.text
    wait_until(lambda: begun.look().state == "connected", "the connection")
    assert len(begun.portal.control("GET", "/inbox")["accounts"]) == 1


def test_until_hubspot_confirms_it_waits(begun: Desk) -> None:
    assert "Not connected" in begun.section()
    begun.choose(begun.visit())
    db.session.execute(db.text("UPDATE hubspot_inboxes SET state = 'waiting', connected_at = NULL"))
    db.session.commit()
    waiting = begun.section()
    assert "Waiting for HubSpot" in waiting and "HubSpot was told which LINE account it is." in waiting
    assert "Check now" in waiting and begun.look().state == "connected"
    assert "Connected since" in begun.section()
