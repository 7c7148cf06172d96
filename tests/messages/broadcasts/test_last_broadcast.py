"""The last broadcast that each friend received: as properties of segments, and for many friends at once."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.friends.facts import FACTS, known_of
from app.friends.models import Friend
from app.friends.queries import export
from app.line.models import Account
from app.messages.broadcasts.models import Broadcast, BroadcastState, ChunkState, RecipientState
from app.messages.broadcasts.queries.received import last_received_by
from tests.conftest import signed_in
from tests.factories import line, team
from tests.factories.broadcasts import sent_broadcast
from tests.factories.friends import friend
from tests.friends.views.test_export import table
from tests.segments.conditions.asking import fitting
from tests.support.client import CheckingClient

NAME, DATE = "broadcast.last_name", "broadcast.last_date"
TODAY = datetime(2026, 4, 24, 3, tzinfo=UTC)
EVERYONE = {"Aki", "Ben", "Cho", "Dai"}


@pytest.fixture(autouse=True)
def _today(app: Any) -> Any:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def place(app: Any) -> Account:
    return line.account()


@pytest.fixture
def crowd(place: Account) -> dict[str, Friend]:
    """Aki got Spring and Summer, Ben Spring alone, Cho Summer alone, Dai neither: LINE refused one, one failed."""
    people = {name: friend(place, display_name=name) for name in sorted(EVERYONE)}
    refused = {people["Dai"]: RecipientState.REFUSED}
    spring = dict.fromkeys((people["Aki"], people["Ben"])) | refused
    sent_broadcast(place, spring, "Spring Sale", TODAY - timedelta(days=30))
    sent_broadcast(place, [people["Aki"], people["Cho"]], "夏のセール", TODAY - timedelta(days=3))
    sent_broadcast(place, list(people.values()), "Failed", TODAY, chunk=ChunkState.NOT_SENT)
    sent_broadcast(line.account(), [people["Dai"]], "Spring Sale", TODAY)
    return people


def last(place: Account, *people: Friend) -> list[tuple[str | None, datetime | None]]:
    """Name and time of the last broadcast of each."""
    known = known_of(db.session.connection(), place.id, [one.id for one in people])
    return [(known[one.id]["last_broadcast"], known[one.id]["last_broadcast_at"]) for one in people]


@pytest.mark.parametrize(
    ("operator", "value", "expected"),
    [
        ("equals", "ｓｐｒｉｎｇ sale", {"Ben"}),
        ("contains", "セール", {"Aki", "Cho"}),
        ("contains", "s", {"Ben"}),
        ("starts_with", "Summer", set()),
        ("ends_with", "sale", {"Ben"}),
        ("not_equals", "Spring Sale", EVERYONE - {"Ben"}),
        ("not_contains", "ー", EVERYONE - {"Aki", "Cho"}),
    ],
)
def test_the_name_is_that_of_the_last_one(
    place: Account, crowd: dict[str, Friend], operator: str, value: str, expected: set[str]
) -> None:
    assert fitting(place, NAME, operator, value) == expected


@pytest.mark.parametrize(
    ("operator", "values", "expected"),
    [
        ("last_days", [2], set()),
        ("last_days", [3], {"Aki", "Cho"}),
        ("last_days", [30], {"Aki", "Ben", "Cho"}),
        ("days_ago", [3], {"Ben"}),
        ("days_ago", [30], set()),
        ("on", ["2026-04-21"], {"Aki", "Cho"}),
        ("on", ["2026-03-25"], {"Ben"}),
        ("before", ["2026-04-21"], {"Ben"}),
        ("after", ["2026-03-25"], {"Aki", "Cho"}),
        ("after", ["9999-12-31"], set()),
        ("between", ["2026-03-01", "2026-04-20"], {"Ben"}),
    ],
)
def test_the_date_is_that_of_the_last_one(
    place: Account, crowd: dict[str, Friend], operator: str, values: list[Any], expected: set[str]
) -> None:
    assert fitting(place, DATE, operator, *values) == expected


@pytest.mark.parametrize("name", [NAME, DATE])
def test_known_of_those_who_received_one(place: Account, crowd: dict[str, Friend], name: str) -> None:
    assert fitting(place, name, "known") == {"Aki", "Ben", "Cho"}
    assert fitting(place, name, "unknown") == {"Dai"}


def test_a_slow_broadcast_may_arrive_after_a_later_one(place: Account, crowd: dict[str, Friend]) -> None:
    """One that is spread over days reached Aki before Summer began; what counts is when LINE took each message."""
    slow = sent_broadcast(place, [crowd["Aki"], crowd["Dai"]], "Slow", TODAY - timedelta(days=4))
    slow.finished_at = TODAY - timedelta(days=1)
    db.session.commit()
    assert fitting(place, NAME, "equals", "夏のセール") == {"Aki", "Cho"}
    assert fitting(place, NAME, "equals", "Slow") == {"Dai"}
    assert fitting(place, DATE, "on", "2026-04-20") == {"Dai"}


def test_one_that_is_being_sent_counts_for_those_who_have_it(place: Account, crowd: dict[str, Friend]) -> None:
    sending = {crowd["Aki"]: RecipientState.SENT, crowd["Ben"]: None}
    made = sent_broadcast(place, sending, "Now", TODAY, chunk=ChunkState.WAITING, still=BroadcastState.SENDING)
    assert fitting(place, NAME, "equals", "now") == {"Aki"}
    assert fitting(place, DATE, "on", "2026-04-24") == {"Aki"}
    assert last(place, crowd["Aki"]) == [("Now", made.started_at)]


def test_many_friends_at_once(place: Account, crowd: dict[str, Friend]) -> None:
    spring, summer = ("Spring Sale", TODAY - timedelta(days=30)), ("夏のセール", TODAY - timedelta(days=3))
    assert last(place, *crowd.values()) == [summer, spring, summer, (None, None)]
    assert last(place) == []


def test_no_broadcast_of_another_account_is_told(crowd: dict[str, Friend], place: Account) -> None:
    theirs = db.session.query(Broadcast).filter(Broadcast.account_id != place.id).one()
    other = db.session.get_one(Account, theirs.account_id)
    assert last(place, crowd["Dai"]) == [(None, None)]
    assert last(other, crowd["Dai"]) == [("Spring Sale", TODAY)]


def test_the_profile_shows_the_last_one(place: Account, crowd: dict[str, Friend], as_alice: CheckingClient) -> None:
    def shown(name: str) -> str:
        page = as_alice.get(f"/accounts/{place.id}/friends/{crowd[name].id}/profile").text
        return page[page.index("<dt>Last broadcast</dt>") : page.index("<dt>LINE user ID</dt>")]

    assert "夏のセール" in shown("Aki") and "2026-04-21T03:00" in shown("Aki")
    assert "Spring Sale" in shown("Ben") and "2026-03-25T03:00" in shown("Ben")
    assert shown("Dai").count("None yet") == 2
    whole = as_alice.get(f"/accounts/{place.id}/friends/{crowd['Aki'].id}").text
    assert "<bdi>夏のセール</bdi>" in whole


def test_the_profile_and_the_timeline_lead_to_the_broadcast(
    place: Account, crowd: dict[str, Friend], app: Flask
) -> None:
    summer = db.session.scalars(select(Broadcast.id).where(Broadcast.name == "夏のセール")).one()
    link = f'<a href="/accounts/{place.id}/broadcasts/{summer}"><bdi>'

    def links(*permissions: str) -> int:
        member = signed_in(app, team.member(permissions=list(permissions), account_ids=[place.id]))
        return member.get(f"/accounts/{place.id}/friends/{crowd['Cho'].id}").text.count(link)

    assert (links("friends", "confirm_broadcasts"), links("friends")) == (2, 0)


def test_exports_have_the_last_one_of_each_friend(
    place: Account, crowd: dict[str, Friend], as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They ask once for all friends of a batch, here of three and of one."""
    asked: list[int] = []

    def note(account_id: int, friend_ids: Collection[int]) -> Any:
        asked.append(len(friend_ids))
        return last_received_by(account_id, friend_ids)

    monkeypatch.setattr(export, "ROWS_AT_ONCE", 3)
    monkeypatch.setitem(FACTS._items, "last_broadcast", replace(FACTS["last_broadcast"], rows=note))
    rows = table(as_alice, place)
    assert [size for size in asked if size] == [3, 1]
    assert {row["Display name"]: (row["Last broadcast"], row["Last broadcast date (Asia/Tokyo)"]) for row in rows} == {
        "Aki": ("夏のセール", "2026-04-21 12:00:00"),
        "Ben": ("Spring Sale", "2026-03-25 12:00:00"),
        "Cho": ("夏のセール", "2026-04-21 12:00:00"),
        "Dai": ("", ""),
    }
