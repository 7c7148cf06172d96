"""Random friends and random definitions: every form of the compiled SQL says what plain Python says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core import i18n
from app.core.clock import now
from app.core.db import db
from app.friends.queries.narrowing import FRIENDS
from app.segments.conditions.compiler import Compiled, compile_definition
from app.segments.conditions.definition import read
from app.segments.conditions.properties import Catalogue, catalogue
from app.segments.queries.counting import Numbers, count_alone, count_members
from app.segments.queries.members import everybody, explain, fitting_of, members_page
from tests.factories.line import account
from tests.segments.conditions import crowd
from tests.segments.conditions.evaluator import Person, World

FRIENDS_STORED = 160
BEFORE_ALL = datetime.min.replace(tzinfo=UTC)
# (zone, moment): just before and after midnight, the nights in which clocks change, a zone in which some days have no
# midnight, and one far off with a half hour.
PLACES = [
    ("Asia/Tokyo", "2026-04-24T14:59:59+00:00"),
    ("America/New_York", "2026-03-08T05:00:00+00:00"),
    ("America/New_York", "2026-11-02T04:59:59+00:00"),
    ("Africa/Cairo", "2026-04-24T00:30:00+00:00"),
    ("Australia/Lord_Howe", "2026-04-04T15:10:00+00:00"),
]


@pytest.mark.parametrize(("zone", "moment"), PLACES)
def test_all_forms_agree_with_python(app: Any, monkeypatch: pytest.MonkeyPatch, zone: str, moment: str) -> None:
    monkeypatch.setattr(i18n, "_defaults", lambda: ("en", zone))
    place = account()
    with time_machine.travel(moment, tick=False):
        today, tags = i18n.today(), crowd.make_tags(place, 5)
        deleted = crowd.make_tags(place, 1, deleted_at=now())
        crowd.define(place, deleted={"deleted_at": now()})
        world = World(today, ZoneInfo(zone), crowd.KINDS, tags)
        persons = crowd.store(place, crowd.people(world.zone, today, [*tags, *deleted], FRIENDS_STORED, zone + moment))
        # Somebody else's friends, who look the same.
        crowd.store(account(), crowd.people(world.zone, today, [], 20, "others"))
        known = catalogue(place.id)

        @settings(max_examples=50, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
        @given(crowd.definitions(today, tags, deleted), st.sampled_from(sorted(persons)))
        def agree(raw: dict[str, Any], somebody: int) -> None:
            _compare(raw, known, world, persons, somebody)

        agree()


def _compare(raw: dict[str, Any], known: Catalogue, world: World, persons: Mapping[int, Person], somebody: int) -> None:
    compiled = compile_definition(read(raw, known).definition)
    expected = {friend_id for friend_id, person in persons.items() if world.fits(raw, person)}
    statuses = [persons[friend_id].columns["follow_status"] for friend_id in expected]

    assert _ids(compiled.as_walk()) == expected
    assert _ids(compiled.as_union()) == expected
    assert _ids(select(FRIENDS.c.id).where(compiled.mine, compiled.probing().fits)) == expected
    numbers = Numbers(len(expected), statuses.count("following"), statuses.count("blocked"))
    assert count_members(compiled) == numbers
    assert list(_all_pages(compiled)) == sorted(expected, key=lambda one: _place(one, persons), reverse=True)
    assert {friend_id for friend_id, _ in everybody(compiled)} == expected
    assert fitting_of([compiled], somebody) == [somebody in expected]
    _compare_reasons(raw, compiled, world, persons)


def _compare_reasons(raw: dict[str, Any], compiled: Compiled, world: World, persons: Mapping[int, Person]) -> None:
    held = {
        friend_id: [[world.holds(one, person) for one in group["conditions"]] for group in raw["groups"]]
        for friend_id, person in persons.items()
    }
    assert {friend_id: list(found.groups) for friend_id, found in explain(compiled, list(persons)).items()} == held
    assert count_alone(compiled) == [
        [sum(one[at][number] for one in held.values()) for number in range(len(group["conditions"]))]
        for at, group in enumerate(raw["groups"])
    ]


def _ids(query: Any) -> set[int]:
    found = [row.id for row in db.session.execute(query)]
    assert len(found) == len(set(found))
    return set(found)


def _all_pages(compiled: Compiled) -> Iterator[int]:
    after = None
    while True:
        page = members_page(compiled, after=after, size=60)
        yield from (friend.id for friend in page.rows)
        if page.next is None:
            return
        after = page.next


def _place(friend_id: int, persons: Mapping[int, Person]) -> tuple[datetime, int]:
    return persons[friend_id].columns["followed_at"] or BEFORE_ALL, friend_id
