"""What tests of the chat share: a channel at the sandbox, a friend who wrote, and members who answer."""

from __future__ import annotations

import pytest
from flask import Flask

from app.chat.queries import changed, opened
from app.core.db import db
from app.core.recent import Recent
from app.messages.conversations.models import Conversation
from app.messages.sending.delivery import deliver_due
from tests.conftest import signed_in
from tests.factories.team import member
from tests.messages.sending.conftest import Shop, channel, connect, hana, public, shop
from tests.support.client import CheckingClient

__all__ = ["channel", "connect", "hana", "public", "shop"]


@pytest.fixture(autouse=True)
def _fresh_feed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let open pages be told of a change at once."""
    monkeypatch.setattr(changed, "FRESH", 0)
    monkeypatch.setattr(opened, "_KNOWN", Recent(0, 1))


@pytest.fixture
def talk(shop: Shop, hana: str) -> Conversation:
    """A conversation in which the friend asked something."""
    shop.say(hana, "Are you open?")
    return the_conversation()


@pytest.fixture
def as_carol(app: Flask) -> CheckingClient:
    """A member who may use the chat of all accounts, and nothing else."""
    return signed_in(app, member(name="Carol", email="carol@example.com", permissions=["chat"]))


def the_conversation() -> Conversation:
    """Return the only conversation as it is stored."""
    return db.session.scalars(db.select(Conversation).execution_options(populate_existing=True)).one()


def answer(client: CheckingClient, talk: Conversation, words: str) -> int:
    """Send an answer from the page and bring it to LINE; returns the status of the page's answer."""
    status = client.post(f"/chat/{talk.id}/answers", data={"text": words}).status_code
    deliver_due()
    db.session.commit()
    return status
