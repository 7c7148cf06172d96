"""Random friends and random definitions: every form of the compiled SQL says what plain Python says."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from zlib import crc32
from zoneinfo import ZoneInfo

import pytest
import time_machine
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.core import i18n
from app.core.clock import now
from app.core.db import db
from app.friends.queries.filter_sql import FRIENDS
from app.segments.conditions.compiler import Compiled, compile_definition
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import Catalogue, catalogue
from app.segments.queries.counting import Numbers, count_alone, count_members
from app.segments.queries.members import explain, fitting_of, members_page, stream_friends
from tests.factories.line import account
from tests.segments.conditions import crowd, mailing, scanning, working
from tests.segments.conditions.evaluator import Person, World

# By friend and group, whether each condition holds.
Held = dict[int, list[list[bool]]]
FRIENDS_STORED = 160
# `make chaos STORM=conditions` asks for many times more examples, and for others with each seed.
TIMES, SEED = int(os.environ.get("EXAMPLES") or 1), os.environ.get("EXAMPLES_SEED", "")
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
    monkeypatch.setattr(i18n, "_defaults", lambda: i18n.Defaults(time_zone=zone))
    place = account()
    with time_machine.travel(moment, tick=False):
        today, tags = i18n.today(), crowd.make_tags(place, 5)
        deleted = crowd.make_tags(place, 1, deleted_at=now())
        crowd.define(place, deleted={"deleted_at": now()})
        world = World(today, ZoneInfo(zone), crowd.KINDS, tags)
        persons = crowd.store(place, crowd.people(world.zone, today, [*tags, *deleted], FRIENDS_STORED, zone + moment))
        sent = mailing.broadcasts(place, persons, world.zone, today, zone + moment)
        codes = scanning.codes(place, persons, zone + moment)
        gone = working.workflows(place, persons, today, zone + moment)
        world = replace(world, questions=working.questions(gone))
        # Friends of another account, who look the same.
        crowd.store(account(), crowd.people(world.zone, today, [], 20, "others"))
        known = catalogue(place.id)

        wanted = [
            *crowd.conditions(today, tags, deleted),
            *mailing.conditions(today, sent),
            *working.conditions(today, gone),
            *scanning.conditions(codes),
        ]

        @examples(12, zone + moment)
        @given(crowd.definitions(wanted), st.sampled_from(sorted(persons)))
        def agree(raw: dict[str, Any], person_id: int) -> None:
            _compare(raw, known, world, persons, person_id)

        @examples(8, zone + moment, phases=[Phase.generate])
        @given(crowd.sweeps(wanted))
        def agree_one_by_one(raw: dict[str, Any]) -> None:
            compiled = compile_definition(parse_definition(raw, known).definition)
            _compare_reasons(raw, compiled, _held(raw, world, persons))

        agree()
        agree_one_by_one()


def examples(number: int, drawn_from: str, **more: Any) -> Callable[[Any], Any]:
    """So many, the same in each run of the tests, but others for each place."""

    def decorate(test: Any) -> Any:
        slow = settings(
            max_examples=number * TIMES, deadline=None, database=None, suppress_health_check=list(HealthCheck), **more
        )
        return seed(crc32((drawn_from + SEED).encode()))(slow(test))

    return decorate


def _compare(
    raw: dict[str, Any], known: Catalogue, world: World, persons: Mapping[int, Person], person_id: int
) -> None:
    compiled = compile_definition(parse_definition(raw, known).definition)
    held = _held(raw, world, persons)
    expected = {friend_id for friend_id, groups in held.items() if _fits(compiled, groups)}
    statuses = [persons[friend_id].columns["follow_status"] for friend_id in expected]

    assert _ids(compiled.as_walk()) == expected
    assert _ids(compiled.as_union()) == expected
    assert _ids(select(FRIENDS.c.id).where(compiled.mine, compiled.probing().fits)) == expected
    numbers = Numbers(len(expected), statuses.count("following"), statuses.count("blocked"))
    assert count_members(compiled) == numbers
    assert list(_all_pages(compiled)) == sorted(expected, key=lambda one: _place(one, persons), reverse=True)
    assert {friend_id for friend_id, _ in stream_friends(compiled)} == expected
    assert fitting_of([compiled], person_id) == [person_id in expected]
    _compare_reasons(raw, compiled, held)
    _compare_counts(compiled, held)


def _fits(compiled: Compiled, held: list[list[bool]]) -> bool:
    groups = compiled.definition.groups
    if not all(group.is_usable for group in groups if group.excludes):
        return False
    holding = [group.excludes for group, conditions in zip(groups, held, strict=True) if conditions and all(conditions)]
    return False in holding and True not in holding


def _held(raw: dict[str, Any], world: World, persons: Mapping[int, Person]) -> Held:
    return {
        friend_id: [[world.holds(one, person) for one in group["conditions"]] for group in raw["groups"]]
        for friend_id, person in persons.items()
    }


def _compare_reasons(raw: dict[str, Any], compiled: Compiled, held: Held) -> None:
    found = explain(compiled, list(held))
    wrong = {
        friend_id: [
            condition
            for group, expected, got in zip(raw["groups"], groups, found[friend_id].groups, strict=True)
            for condition, one, other in zip(group["conditions"], expected, got, strict=True)
            if one != other
        ]
        for friend_id, groups in held.items()
    }
    assert {friend_id: conditions for friend_id, conditions in wrong.items() if conditions} == {}


def _compare_counts(compiled: Compiled, held: Held) -> None:
    by_group = [zip(*conditions, strict=True) for conditions in zip(*held.values(), strict=True)]
    assert count_alone(compiled) == [[sum(persons) for persons in group] for group in by_group]


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
