"""A message that was edited and then taken back is readable nowhere, in whatever order its events arrive."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import String, cast, select

from app.core.db import db
from app.friends.models import Activity
from app.line.models import Account, WebhookEvent
from app.line.operations import processing, webhook_events
from app.team.actors import SYSTEM
from tests.factories import friends
from tests.factories import line as factory
from tests.line.test_processing import GROUP, USER, store

IN_GROUP = {"type": "group", "groupId": GROUP, "userId": USER}
EVENTS: dict[str, tuple[float, dict[str, Any]]] = {
    "message": (0, {"message": {"type": "text", "id": "888", "text": "first words"}}),
    "messageEdited": (1, {"message": {"type": "text", "id": "888", "text": "edited words"}}),
    "unsend": (2, {"unsend": {"messageId": "888"}}),
}


@pytest.fixture
def account(app: Flask) -> Account:
    made = factory.account()
    friends.friend(made, line_user_id=USER)
    return made


def arrive(account: Account, kind: str) -> WebhookEvent:
    at, payload = EVENTS[kind]
    row = store(account, kind, at, IN_GROUP, **payload)
    processing.process_due()
    return row


def readable() -> list[str]:
    """Every place that still holds words of the message."""
    db.session.rollback()
    stored = db.session.scalars(select(WebhookEvent.type).where(cast(WebhookEvent.payload, String).contains("words")))
    shown = db.session.scalars(select(Activity.kind).where(cast(Activity.data, String).contains("words")))
    return [*stored, *shown]


@pytest.mark.parametrize("order", list(permutations(EVENTS)), ids="-".join)
def test_what_was_taken_back_is_readable_nowhere(account: Account, order: tuple[str, ...]) -> None:
    rows = [arrive(account, kind) for kind in order]
    assert readable() == []
    for row in rows:
        db.session.refresh(row)
        webhook_events.replay(account, row, actor=SYSTEM)
    db.session.commit()
    processing.process_due()
    assert readable() == []
    assert db.session.scalars(select(Activity)).one().data == {"message_id": "888", "unsent": True}


def test_all_at_once_leaves_nothing_either(account: Account) -> None:
    for kind, (at, payload) in EVENTS.items():
        store(account, kind, at, IN_GROUP, **payload)
    processing.process_due()
    assert readable() == []


@pytest.mark.parametrize("order", [("message", "messageEdited"), ("messageEdited", "message")])
def test_the_timeline_shows_the_edited_words_at_the_time_of_the_message(
    account: Account, order: tuple[str, ...]
) -> None:
    by_kind = {kind: arrive(account, kind) for kind in order}
    line = db.session.scalars(select(Activity)).one()
    assert (line.data["text"], line.data["group_id"]) == ("edited words", GROUP)
    assert line.occurred_at == by_kind["message"].occurred_at
