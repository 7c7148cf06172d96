"""Each operator of each kind of property, friend by friend."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from app.core import i18n
from app.core.db import db
from app.friends.models import AttributeDefinition
from app.line.models import Account
from app.segments.conditions.operators import FUTURE, OPERATORS, ValueType
from app.segments.conditions.properties import catalogue
from tests.factories.friends import friend, tag
from tests.segments.conditions.asking import fitting

TEXT = [
    ("equals", ["タナカ"], {"half", "full"}),
    ("equals", ["CAFE\u0301"], {"coffee"}),
    ("equals", ["カフェ"], set()),
    ("not_equals", ["たなか"], {"coffee", "percent", "empty", "unknown"}),
    ("contains", ["ナ"], {"half", "full"}),
    ("contains", ["%"], {"percent"}),
    ("contains", ["_"], {"percent"}),
    ("contains", ["\\"], {"percent"}),
    ("contains", ["É"], {"coffee"}),
    ("not_contains", ["%"], {"half", "full", "coffee", "empty", "unknown"}),
    ("starts_with", ["ﾀ"], {"half", "full"}),
    ("starts_with", ["ａ"], set()),
    ("starts_with", ["10"], {"percent"}),
    ("ends_with", ["か"], {"half", "full"}),
    ("ends_with", ["fé"], {"coffee"}),
    ("known", [], {"half", "full", "coffee", "percent"}),
    ("unknown", [], {"empty", "unknown"}),
]
TEXTS = {"half": "ﾀﾅｶ", "full": "たなか", "coffee": "Café", "percent": "100%_\\x", "empty": "", "unknown": None}
# Ten in the evening in UTC is the next morning in Tokyo.
MOMENTS = {
    "before": "2026-04-23T14:59:59.999999",
    "first": "2026-04-23T15:00:00",
    "last": "2026-04-24T14:59:59.999999",
    "after": "2026-04-24T15:00:00",
    "future": "2026-05-01T00:00:00",
    "old": "1999-12-31T15:00:00",
    "unknown": None,
}
DATES = [
    ("on", ["2026-04-24"], {"first", "last"}),
    ("before", ["2026-04-24"], {"before", "old"}),
    ("after", ["2026-04-24"], {"after", "future"}),
    ("between", ["2026-04-24", "2026-04-25"], {"first", "last", "after"}),
    ("between", ["2000-01-01", "2000-01-01"], {"old"}),
    ("last_days", [0], {"after"}),
    ("last_days", [1], {"first", "last", "after"}),
    ("last_days", [2], {"before", "first", "last", "after"}),
    ("days_ago", [0], {"before", "first", "last", "old"}),
    ("days_ago", [1], {"before", "old"}),
    ("days_ago", [2], {"old"}),
    ("last_days", [36500], {"before", "first", "last", "after", "old"}),
    ("days_ago", [36500], set()),
    ("exactly_ago", [0], {"after"}),
    ("exactly_ago", [1], {"first", "last"}),
    ("exactly_ago", [36500], set()),
    ("next_days", [0], {"after"}),
    ("next_days", [5], {"after"}),
    ("next_days", [6], {"after", "future"}),
    ("exactly_ahead", [6], {"future"}),
    ("exactly_ahead", [7], set()),
    ("months", ["4"], {"before", "first", "last", "after"}),
    ("months", ["this", "1"], {"before", "first", "last", "after", "old"}),
    ("months", ["next"], {"future"}),
    ("anniversary_next_days", [0], {"after"}),
    ("anniversary_next_days", [300], {"after", "future", "old"}),
    ("anniversary_next_days", [36500], {"before", "first", "last", "after", "future", "old"}),
    ("anniversary_exactly_ahead", [6], {"future"}),
    ("anniversary_exactly_ahead", [251], {"old"}),
    ("before", ["0001-01-01"], set()),
    ("after", ["9999-12-31"], set()),
    ("before", ["9999-12-31"], {"before", "first", "last", "after", "future", "old"}),
    ("after", ["0001-01-01"], {"before", "first", "last", "after", "future", "old"}),
    ("known", [], {"before", "first", "last", "after", "future", "old"}),
    ("unknown", [], {"unknown"}),
]
DAYS = {
    "before": "2026-04-23",
    "first": "2026-04-24",
    "last": "2026-04-24",
    "after": "2026-04-25",
    "future": "2026-05-01",
    "old": "2000-01-01",
    "unknown": None,
}
NUMBERS = {"minus": -1, "zero": 0, "tenth": 0.1, "one": 1, "one_point": 1.0, "large": 10**15, "words": "1", "yes": True}
NUMBER = [
    ("equals", [1], {"one", "one_point"}),
    ("equals", ["1.0"], {"one", "one_point"}),
    ("equals", ["0.1"], {"tenth"}),
    ("not_equals", [1], {"minus", "zero", "tenth", "large", "words", "yes", "nothing"}),
    ("less", [0], {"minus"}),
    ("at_most", [0], {"minus", "zero"}),
    ("more", ["1"], {"large"}),
    ("at_least", ["１"], {"one", "one_point", "large"}),
    ("between", [0, "0.1"], {"zero", "tenth"}),
    ("known", [], {"minus", "zero", "tenth", "one", "one_point", "large"}),
    ("unknown", [], {"words", "yes", "nothing"}),
]
ANSWERS = {"yes": True, "no": False, "word": "true", "one": 1, "null": None}
YES_NO = [
    ("is", {"yes"}),
    ("is_not", {"no", "word", "one", "null", "nothing"}),
    ("known", {"yes", "no"}),
    ("unknown", {"word", "one", "null", "nothing"}),
]


def define(place: Account, kind: str, key: str = "asked") -> None:
    db.session.add(AttributeDefinition(account_id=place.id, key=key, label="Asked", kind=kind))
    db.session.commit()


def utc(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC) if moment else None


PHONES = {"national": "090-1234-5678", "international": "+81 90 1234 5678", "tokyo": "03-9012-3456", "none": None}
PHONE = [
    ("equals", ["(090) 1234.5678"], {"national", "international"}),
    ("equals", ["+819012345678"], {"national", "international"}),
    ("not_equals", ["０９０−１２３４−５６７８"], {"tokyo", "none"}),
    ("contains", ["9012-345"], {"national", "international", "tokyo"}),
    ("not_contains", ["9012345"], {"none"}),
    ("contains", ["090-1"], {"national", "international"}),
    ("starts_with", ["090"], {"national", "international"}),
    ("starts_with", ["+81 3"], {"tokyo"}),
    ("starts_with", ["+81"], {"national", "international", "tokyo"}),
    ("ends_with", ["34-5678"], {"national", "international"}),
    ("known", [], {"national", "international", "tokyo"}),
    ("unknown", [], {"none"}),
]


def test_phones_are_compared_in_one_normal_form(place: Account) -> None:
    for called, value in PHONES.items():
        friend(place, display_name=called, phone=value)
    for operator, values, expected in PHONE:
        assert fitting(place, "phone", operator, *values) == expected, (operator, values)
    assert {operator for operator, _, _ in PHONE} == set(OPERATORS[ValueType.TEXT])


def test_addresses_are_compared_with_their_domain_in_unicode(place: Account) -> None:
    friend(place, display_name="taro", email="taro@例え.jp")
    friend(place, display_name="hana", email="hana@example.jp")
    for typed in ("taro@xn--r8jz45g.jp", "ＴＡＲＯ＠例え．ｊｐ"):
        assert fitting(place, "email", "equals", typed) == {"taro"}
    assert fitting(place, "email", "contains", "@XN--R8JZ45G") == {"taro"}


@pytest.mark.parametrize("name", ["first_name", "last_name", "email", "company", "attributes.asked"])
def test_texts(place: Account, name: str) -> None:
    define(place, "text")
    for called, value in TEXTS.items():
        custom = {"attributes": {"asked": value}} if name == "attributes.asked" else {name: value}
        friend(place, display_name=called, **custom)
    for operator, values, expected in TEXT:
        assert fitting(place, name, operator, *values) == expected, (operator, values)
    assert {operator for operator, _, _ in TEXT} == set(OPERATORS[ValueType.TEXT])


def test_display_names(place: Account) -> None:
    for value in TEXTS.values():
        friend(place, display_name=value)
    for operator, values, expected in TEXT:
        found = fitting(place, "line.display_name", operator, *values)
        assert found == {TEXTS[called] for called in expected}, (operator, values)


def test_a_word_is_looked_for_in_the_field_that_is_asked_and_no_other(place: Account) -> None:
    friend(place, display_name="hanako", company="taro")
    friend(place, display_name="taro", first_name="hanako", last_name="ta", email="ro@example.jp")
    assert fitting(place, "first_name", "contains", "hanako") == {"taro"}
    assert fitting(place, "last_name", "contains", "tahanako") == set()
    assert fitting(place, "company", "equals", "taro") == {"hanako"}


def test_what_is_no_text_in_a_custom_text_is_compared_as_it_is_written(place: Account) -> None:
    define(place, "text")
    for called, value in {"number": 12.5, "yes": True, "null": None, "list": [1, "a"]}.items():
        friend(place, display_name=called, attributes={"asked": value})
    assert fitting(place, "attributes.asked", "equals", "12.5") == {"number"}
    assert fitting(place, "attributes.asked", "equals", "TRUE") == {"yes"}
    assert fitting(place, "attributes.asked", "contains", "a") == {"list"}
    assert fitting(place, "attributes.asked", "unknown") == {"null"}


@pytest.mark.parametrize("name", ["followed_at", "last_message_at", "last_activity_at"])
@pytest.mark.parametrize(("operator", "values", "expected"), [one for one in DATES if one[0] not in FUTURE])
def test_moments(place: Account, name: str, operator: str, values: list[Any], expected: set[str]) -> None:
    for called, moment in MOMENTS.items():
        friend(place, display_name=called, **{"followed_at": None, name: utc(moment)})
    with time_machine.travel("2026-04-25T14:59:59+00:00", tick=False):
        assert fitting(place, f"line.{name}", operator, *values) == expected


def test_custom_dates(place: Account) -> None:
    define(place, "date")
    for called, day in DAYS.items():
        friend(place, display_name=called, attributes={"asked": day} if day else {})
    with time_machine.travel("2026-04-25T14:59:59+00:00", tick=False):
        for operator, values, expected in DATES:
            assert fitting(place, "attributes.asked", operator, *values) == expected, (operator, values)
    assert {operator for operator, _, _ in DATES} == set(OPERATORS[ValueType.DATE])


def test_the_last_day_of_the_calendar_is_a_day_like_any_other(place: Account) -> None:
    define(place, "date")
    friend(place, display_name="never ends", attributes={"asked": "9999-12-31"})
    friend(place, display_name="ends", attributes={"asked": "9999-12-30"})
    assert fitting(place, "attributes.asked", "on", "9999-12-31") == {"never ends"}
    assert fitting(place, "attributes.asked", "after", "9999-12-30") == {"never ends"}
    assert fitting(place, "attributes.asked", "after", "9999-12-31") == set()
    assert fitting(place, "attributes.asked", "between", "9999-12-30", "9999-12-31") == {"never ends", "ends"}


def test_what_is_no_date_in_a_custom_date_is_unknown(place: Account) -> None:
    define(place, "date")
    for at, value in enumerate(["tomorrow", "", 20260424, "20260424", "2026-04-24T10:00", True, None, ["2026-04-24"]]):
        friend(place, display_name=str(at), attributes={"asked": value})
    everyone = {str(at) for at in range(8)}
    assert fitting(place, "attributes.asked", "unknown") == everyone
    for operator, value in [("after", "0001-01-01"), ("before", "9999-12-31"), ("on", "2026-04-24"), ("days_ago", 1)]:
        assert fitting(place, "attributes.asked", operator, value) == set()
    assert fitting(place, "attributes.asked", "known") == set()


@pytest.mark.parametrize(
    ("zone", "day", "begin"),
    [
        ("Asia/Tokyo", "2026-04-24", "2026-04-23T15:00:00"),
        ("America/New_York", "2026-03-08", "2026-03-08T05:00:00"),
        ("America/New_York", "2026-03-09", "2026-03-09T04:00:00"),
        ("America/New_York", "2026-11-02", "2026-11-02T05:00:00"),
        # The clock goes from 23:59 to 1:00.
        ("Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00"),
        ("Australia/Lord_Howe", "2026-04-06", "2026-04-05T13:30:00"),
        ("UTC", "2026-04-24", "2026-04-24T00:00:00"),
    ],
)
def test_days_begin_at_midnight_in_the_time_zone_of_the_workspace(
    place: Account, monkeypatch: pytest.MonkeyPatch, zone: str, day: str, begin: str
) -> None:
    monkeypatch.setattr(i18n, "_defaults", lambda: i18n.Defaults(time_zone=zone))
    edge = utc(begin)
    assert edge
    friend(place, display_name="the day", followed_at=edge)
    friend(place, display_name="the day before", followed_at=edge.replace(microsecond=0) - (edge.resolution))
    assert fitting(place, "line.followed_at", "on", day) == {"the day"}
    assert fitting(place, "line.followed_at", "before", day) == {"the day before"}


def test_custom_numbers(place: Account) -> None:
    define(place, "number")
    for called, number in NUMBERS.items():
        friend(place, display_name=called, attributes={"asked": number})
    friend(place, display_name="nothing")
    for operator, values, expected in NUMBER:
        assert fitting(place, "attributes.asked", operator, *values) == expected, (operator, values)
    assert {operator for operator, _, _ in NUMBER} == set(OPERATORS[ValueType.NUMBER])


def test_custom_yes_no(place: Account) -> None:
    define(place, "yes_no")
    for called, answer in ANSWERS.items():
        friend(place, display_name=called, attributes={"asked": answer})
    friend(place, display_name="nothing")
    for operator, expected in YES_NO:
        assert fitting(place, "attributes.asked", operator) == expected, operator
    assert {operator for operator, _ in YES_NO} == set(OPERATORS[ValueType.YES_NO])


def test_choices(place: Account) -> None:
    friend(place, display_name="follows", language="ja")
    friend(place, display_name="blocks", language="en", follow_status="blocked")
    friend(place, display_name="stranger", follow_status="stranger")
    assert fitting(place, "line.follow_status", "any_of", "blocked") == {"blocks"}
    assert fitting(place, "line.follow_status", "none_of", "blocked", "stranger") == {"follows"}
    assert fitting(place, "line.language", "any_of", "ja", "fr") == {"follows"}
    assert fitting(place, "line.language", "none_of", "ja") == {"blocks", "stranger"}
    assert fitting(place, "line.language", "known") == {"follows", "blocks"}
    assert fitting(place, "line.language", "unknown") == {"stranger"}
    assert set(catalogue(place.id).properties["line.follow_status"].operators) == {"any_of", "none_of"}


def test_tags(place: Account) -> None:
    one, two, three = (tag(place) for _ in range(3))
    friend(place, tags=(one, two), display_name="both")
    friend(place, tags=(one,), display_name="one")
    friend(place, tags=(three,), display_name="other")
    friend(place, display_name="none")
    assert fitting(place, "tag", "contains_any", one.id, two.id) == {"both", "one"}
    assert fitting(place, "tag", "contains_all", one.id, two.id) == {"both"}
    assert fitting(place, "tag", "contains_none", one.id, two.id) == {"other", "none"}
    assert fitting(place, "tag", "empty") == {"none"}


@pytest.mark.parametrize("number", [4, 5, 12])
def test_few_and_many_tags_that_must_all_be_there(place: Account, number: int) -> None:
    tags = tuple(tag(place) for _ in range(number))
    friend(place, tags=tags, display_name="all")
    friend(place, tags=tags[1:], display_name="all but one")
    friend(place, tags=(*tags[1:], tag(place)), display_name="as many")
    assert fitting(place, "tag", "contains_all", *(one.id for one in tags)) == {"all"}


def test_a_tag_on_its_way_out_is_on_no_one(place: Account) -> None:
    leaving = tag(place)
    friend(place, tags=(leaving,), display_name="only that")
    leaving.deleted_at = datetime.now(UTC)
    db.session.commit()
    assert fitting(place, "tag", "empty") == {"only that"}
