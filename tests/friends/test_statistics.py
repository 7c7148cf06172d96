"""Figures for Home: days in the workspace's time zone, and what happened last."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import time_machine

from app.core.db import db
from app.friends.operations.activity import record_activity
from app.friends.operations.follow_status import record_follow, record_unfollow
from app.friends.operations.tagging import add_tags
from app.friends.queries.statistics import Day, added_and_blocked_per_day, latest_activity
from app.line.models import Account
from app.team.actors import SYSTEM
from app.team.models import Workspace
from tests.factories.friends import friend, tag
from tests.factories.line import account

# Noon in Tokyo on the tenth.
NOON = datetime(2026, 3, 10, 3, tzinfo=UTC)


def user(number: int) -> str:
    return f"U{number:032x}"


@time_machine.travel(NOON, tick=False)
def test_days_are_the_workspaces(place: Account) -> None:
    other = account()
    record_follow(place.id, user(1), NOON)
    record_follow(place.id, user(2), datetime(2026, 3, 8, 15, 0, tzinfo=UTC))
    record_follow(place.id, user(3), datetime(2026, 3, 8, 14, 59, tzinfo=UTC))
    record_unfollow(place.id, user(3), NOON - timedelta(hours=1))
    record_follow(place.id, user(3), NOON, is_unblocked=True)
    record_follow(place.id, user(4), NOON - timedelta(days=30))
    record_follow(other.id, user(1), NOON)
    db.session.commit()

    days = added_and_blocked_per_day([place.id, other.id], 3)

    assert days[place.id] == [Day(date(2026, 3, 8), 1, 0), Day(date(2026, 3, 9), 1, 0), Day(date(2026, 3, 10), 2, 1)]
    assert days[other.id][-1] == Day(date(2026, 3, 10), 1, 0)
    assert added_and_blocked_per_day([], 3) == {}


@time_machine.travel(NOON, tick=False)
def test_another_time_zone_moves_the_borders(app: Any, place: Account) -> None:
    db.session.merge(Workspace(id=1, time_zone="America/Los_Angeles"))
    record_follow(place.id, user(1), datetime(2026, 3, 9, 7, 59, tzinfo=UTC))
    record_follow(place.id, user(2), datetime(2026, 3, 10, 2, 59, tzinfo=UTC))
    db.session.commit()

    with app.test_request_context():
        days = added_and_blocked_per_day([place.id], 3)[place.id]
    assert [(one.date.day, one.added) for one in days] == [(7, 0), (8, 0), (9, 2)]


def test_latest_activity_is_what_friends_did(place: Account) -> None:
    other, unseen = account(), account()
    ana, ben, eve = friend(place), friend(other), friend(unseen)
    vip = tag(place)
    for number in range(4):
        record_activity(ana, "message", NOON + timedelta(minutes=number))
    record_activity(ben, "postback", NOON + timedelta(minutes=2, seconds=30))
    record_activity(eve, "message", NOON + timedelta(hours=1))
    add_tags(place.id, [ana.id], [vip.id], source="bulk", actor=SYSTEM)
    db.session.commit()

    latest = latest_activity([place.id, other.id], 3)

    assert [(activity.kind, row.id) for activity, row in latest] == [
        ("message", ana.id),
        ("postback", ben.id),
        ("message", ana.id),
    ]
    assert latest_activity([]) == []
