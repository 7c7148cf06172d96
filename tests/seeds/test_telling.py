"""The demo's story goes through the operations of LINE's events, so that upper layers hear all of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from app.core import events as core_events
from app.core.db import db
from app.friends import events
from app.line.event_parser import domain_event
from app.line.models import WebhookEvent
from app.seeds.known import COFFEE
from app.seeds.sandbox import Person
from app.seeds.story import lives
from app.seeds.telling import tell
from app.team.actors import SYSTEM
from tests.factories.line import account

NOW = datetime(2026, 5, 12, 15, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
PEOPLE = [Person(f"U{number:032x}", "佐藤 花子", None, None, "ja") for number in range(40)]
ANNOUNCED = {
    "followed": events.FriendAdded,
    "blocked": events.FriendBlocked,
    "returned": events.FriendUnblocked,
    "wrote": events.FriendMessageReceived,
    "tapped": events.FriendPostbackReceived,
}


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    """What friends announce of the story."""
    said: list[Any] = []
    for kind in ANNOUNCED.values():
        core_events.listen(kind)(said.extend)
    yield said
    for kind in ANNOUNCED.values():
        core_events._listeners[kind].remove(said.extend)


def test_every_moment_of_the_story_is_announced(app: Any, heard: list[Any]) -> None:
    story = lives(PEOPLE, COFFEE.tags, NOW, "coffee")
    tell(account(), story, COFFEE.tags, SYSTEM)

    told = Counter(ANNOUNCED[moment.kind] for life in story for moment in life.moments)
    assert told[events.FriendPostbackReceived] > 5
    assert Counter(map(type, heard)) == told
    assert {event.data for event in heard if isinstance(event, events.FriendPostbackReceived)} == {
        moment.data["data"] for life in story for moment in life.moments if moment.kind == "tapped"
    }


def test_received_events_are_those_of_the_story(app: Any) -> None:
    story, shop = lives(PEOPLE, COFFEE.tags, NOW, "coffee"), account()
    tell(shop, story, COFFEE.tags, SYSTEM)
    rows = db.session.scalars(select(WebhookEvent).where(WebhookEvent.account_id == shop.id)).all()
    moments = [(life.person.user_id, moment.at) for life in story for moment in life.moments]
    assert sorted((row.source_id, row.received_at) for row in rows) == sorted(moments)
    assert {row.state for row in rows} == {"processed"}
    # Each is what LINE would have sent: processed once more, it is understood.
    assert all(domain_event(row) is not None for row in rows)
