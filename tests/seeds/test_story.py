"""The demo's story: believable, the same every time, and never in the future."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.seeds.known import COFFEE
from app.seeds.sandbox import Person
from app.seeds.story import CLOSE, OPEN, WEEKS, Life, lives

NOW = datetime(2026, 5, 12, 15, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
PEOPLE = [
    Person(f"U{number:032x}", "佐藤 花子" if number % 3 else "Emma Brown", None, None, "ja" if number % 3 else "en")
    for number in range(180)
]


@pytest.fixture(scope="module")
def told() -> list[Life]:
    return lives(PEOPLE, COFFEE.tags, NOW, "coffee")


def test_it_is_the_same_every_time(told: list[Life]) -> None:
    assert told == lives(PEOPLE, COFFEE.tags, NOW, "coffee")


def test_everyone_appears_once_and_begins_by_following(told: list[Life]) -> None:
    assert [life.person for life in told] == PEOPLE
    assert {life.moments[0].kind for life in told} == {"followed"}


def test_it_fills_ten_weeks_and_ends_before_now(told: list[Life]) -> None:
    moments = [moment.at for life in told for moment in life.moments]
    assert max(moments) <= NOW
    assert min(moments) >= NOW - timedelta(weeks=WEEKS)
    assert min(moments) < NOW - timedelta(weeks=WEEKS - 2)
    assert max(moments) > NOW - timedelta(days=2)


def test_people_come_while_the_shop_is_open(told: list[Life]) -> None:
    assert {life.moments[0].at.hour for life in told} <= set(range(OPEN, CLOSE))


def test_each_life_is_in_order_and_possible(told: list[Life]) -> None:
    for life in told:
        assert list(life.moments) == sorted(life.moments, key=lambda moment: moment.at)
        is_here = False
        for moment in life.moments:
            assert is_here != (moment.kind in {"followed", "returned"})
            is_here = moment.kind != "blocked"


def test_some_leave_some_return_many_write(told: list[Life]) -> None:
    kinds = [moment.kind for life in told for moment in life.moments]
    assert 5 <= kinds.count("blocked") <= 40
    assert kinds.count("returned") >= 1
    assert kinds.count("wrote") >= 100
    assert kinds.count("tapped") >= 20


def test_every_tag_is_used(told: list[Life]) -> None:
    assert {tag for life in told for tag in life.tags} == set(COFFEE.tags)


def test_people_write_in_the_language_of_their_phone(told: list[Life]) -> None:
    for life in told:
        texts = [moment.data["text"] for moment in life.moments if "text" in moment.data]
        assert all(text.isascii() or "☕" in text for text in texts) or life.person.language == "ja"
