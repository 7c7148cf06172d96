"""Where nothing can be sent, the composer says why, and what can be done."""

from __future__ import annotations

from html import unescape

import pytest
from flask import Flask

from app.core.db import db
from app.line.models import Account
from app.messages.conversations.models import Conversation
from tests.conftest import signed_in
from tests.factories.team import administrator, member
from tests.messages.sending.conftest import Shop
from tests.support.client import CheckingClient


def page_of(client: CheckingClient, talk: Conversation) -> str:
    """Return the page of the conversation as it is read."""
    return unescape(client.get(f"/chat/{talk.id}").text)


def test_a_lost_token_a_blocking_friend_and_a_stranger_have_their_sentences(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    db.session.execute(db.text("UPDATE friends SET follow_status = 'stranger'"))
    db.session.commit()
    assert "LINE delivers until" in page_of(as_carol, talk)
    db.session.execute(db.text("UPDATE friends SET last_message_at = now() - interval '8 days'"))
    db.session.commit()
    assert "only within seven days" in page_of(as_carol, talk)
    db.session.execute(db.text("UPDATE friends SET follow_status = 'blocked'"))
    db.session.commit()
    assert "The person has blocked the account. You can answer" in page_of(as_carol, talk)
    account = db.session.get_one(Account, shop.account.id)
    account.state, account.problem = "broken", "line.token_refused"
    db.session.commit()
    assert "disabled hidden" in page_of(as_carol, talk)


@pytest.mark.parametrize(("state", "problem"), [("broken", "line.token_refused"), ("disconnected", None)])
def test_an_account_without_credentials_leads_to_its_settings_or_to_those_who_may_open_them(
    shop: Shop, talk: Conversation, as_carol: CheckingClient, app: Flask, state: str, problem: str | None
) -> None:
    administrator(name="Mori", email="mori@example.com")
    account = db.session.get_one(Account, shop.account.id)
    account.state, account.problem = state, problem
    db.session.commit()
    address = f"/accounts/{shop.account.id}/settings/reconnect"
    asks = page_of(as_carol, talk)
    assert address not in asks and "Ask: " in asks and "Mori" in asks
    settings = signed_in(app, member(email="dan@example.com", permissions=["chat", "settings"]))
    assert f'href="{address}"' in page_of(settings, talk)
