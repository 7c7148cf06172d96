"""Broadcasts to the crowd, what became of each person in them, and random conditions about these."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account
from app.messages.broadcasts.conditions.numbers import OPERATORS as OF_NUMBERS
from app.messages.broadcasts.models import RecipientState
from app.messages.broadcasts.queries.people import PeopleOf
from app.messages.tracking.models import TargetKind, TrackedSend
from app.segments.conditions.operators import LAST_DATE, OPERATORS, ValueType
from tests.factories.broadcasts import fetch, happened, sent_broadcast, tracked_send
from tests.segments.conditions.crowd import Conditions, condition, values_by_form
from tests.segments.conditions.evaluator import Person

# More than three days apart, so that what happens after one does not count for another; at the edges of days.
NAMES = ("Ｓｐｒｉｎｇ sale", "春のお知らせ", "100%")
# Other states of people are asked about as those who were refused are.
ASKED = set(PeopleOf) - {PeopleOf.RECIPIENTS, PeopleOf.WAITING, PeopleOf.UNKNOWN, PeopleOf.NOT_SENT}


def broadcasts(account: Account, persons: dict[int, Person], zone: ZoneInfo, today: date, seed: str) -> list[int]:
    """Store three broadcasts to some of these people, and tell each person what became of them; returns their ids."""
    draw = random.Random(seed)
    friends = {one.id: one for one in db.session.query(Friend).where(Friend.id.in_(persons))}
    ids = []
    for name, moment in zip(NAMES, _moments(zone, today), strict=True):
        states = {one: draw.choice(list(RecipientState)) for one in friends.values() if draw.random() < 0.7}
        made = sent_broadcast(account, states, name, moment)
        send = tracked_send(made)
        ids.append(made.id)
        for friend in friends.values():
            numbers = _numbers(draw, send, friend, states.get(friend), moment)
            persons[friend.id] = _counted(persons[friend.id], made.id, numbers)
            if PeopleOf.SENT in numbers:
                persons[friend.id] = replace(persons[friend.id], last_broadcast=(name, moment))
    return ids


def conditions(today: date, ids: Sequence[int]) -> Conditions:
    """For every operator of every property of broadcasts random values."""
    values = values_by_form(today)
    chosen = st.lists(st.sampled_from(ids), min_size=1, max_size=len(ids), unique=True)
    of_numbers = [
        (chosen if one.takes == "choices" else st.just([])).map(partial(condition, f"broadcast.{kind}", one.name))
        for kind in sorted(ASKED)
        for one in OF_NUMBERS.values()
    ]
    of_last = [
        values[one.takes].map(partial(condition, f"broadcast.{name}", one.name))
        for name, operators in (("last_name", OPERATORS[ValueType.TEXT]), ("last_date", LAST_DATE))
        for one in operators.values()
    ]
    return [*of_numbers, *of_last]


def _moments(zone: ZoneInfo, today: date) -> list[datetime]:
    """The first moment of a day, the last one of another, and one in the middle, the oldest first."""

    def begin(days: int) -> datetime:
        return datetime.combine(today - timedelta(days=days), time.min, tzinfo=zone).astimezone(UTC)

    return [begin(31), begin(7) - timedelta(microseconds=1), begin(1) + timedelta(hours=12)]


def _numbers(
    draw: random.Random, send: TrackedSend, friend: Friend, state: RecipientState | None, moment: datetime
) -> set[PeopleOf]:
    """Let something happen with a friend; returns the numbers that it is counted in."""
    numbers = {PeopleOf.RECIPIENTS, PeopleOf(state.value)} if state else set[PeopleOf]()
    if draw.random() < 0.2:
        is_tap = draw.random() < 0.5
        fetch(send, friend, TargetKind.LINK if is_tap else TargetKind.IMAGE)
        numbers |= {PeopleOf.OPENED, PeopleOf.CLICKED} if is_tap else {PeopleOf.OPENED}
    done = {kind for kind in _EVENTS if draw.random() < 0.1}
    for kind in done:
        happened(friend, _EVENTS[kind][0], moment + _EVENTS[kind][1])
    if state is RecipientState.SENT:
        numbers |= done if PeopleOf.BLOCKED_BEFORE in done else {*done, PeopleOf.DELIVERED}
    return numbers


_EVENTS = {
    PeopleOf.BLOCKED_BEFORE: ("blocked", -timedelta(minutes=5)),
    PeopleOf.REPLIED: ("message", timedelta(hours=1)),
    PeopleOf.BLOCKED: ("blocked", timedelta(hours=71)),
}


def _counted(person: Person, broadcast_id: int, numbers: set[PeopleOf]) -> Person:
    known = defaultdict[str, frozenset[int]](frozenset, person.numbers)
    for kind in numbers:
        known[kind] |= {broadcast_id}
    return replace(person, numbers=known)
