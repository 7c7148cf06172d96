"""Conditions in words."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale

from app.core.db import db
from app.friends.models import AttributeDefinition
from app.line.models import Account
from app.segments.conditions.operators import OPERATORS, Takes, ValueType
from app.segments.conditions.sentences import ConditionSentences
from tests.factories.friends import tag
from tests.factories.segments import condition, definition, excluding
from tests.segments.conditions.asking import reading

SENTENCES = [
    ("line.display_name", "equals", ["花子"], "Display name equals “花子”"),
    ("line.display_name", "contains", ["100% %(value)s %s {x}"], "Display name contains “100% %(value)s %s {x}”"),
    ("email", "not_contains", ["@"], "E-mail does not contain “@”"),
    ("company", "unknown", [], "Company is unknown"),
    ("company", "equals", ["A", "B"], "Company equals any of “A” or “B”"),
    ("company", "not_contains", ["A", "B"], "Company contains none of “A” or “B”"),
    ("attributes.points", "equals", [1, 2500], "Points is any of 1 or 2,500"),
    ("line.followed_at", "on", ["2026-04-24"], "LINE friend-added date is on Apr 24, 2026"),
    (
        "line.followed_at",
        "between",
        ["2026-04-24", "2026-05-01"],
        "LINE friend-added date is from Apr 24, 2026 to May 1, 2026",
    ),
    ("line.last_message_at", "last_days", [1000], "Last message date is in the last 1,000 days"),
    ("line.followed_at", "exactly_ago", [1], "LINE friend-added date is yesterday"),
    ("line.followed_at", "months", ["4", "next"], "LINE friend-added date is in next month or April"),
    (
        "line.followed_at",
        "anniversary_next_days",
        [7],
        "the anniversary of LINE friend-added date is in the next 7 days",
    ),
    ("line.follow_status", "any_of", ["following", "blocked"], "Follow status is any of Following or Blocked"),
    ("line.language", "none_of", ["ja"], "Language is not Japanese"),
    ("attributes.points", "at_least", [1234.5], "Points is 1,234.5 or more"),
    ("attributes.points", "equals", [0.0004], "Points is 0.0004"),
    ("attributes.points", "less", [1e-9], "Points is less than 0.000000001"),
    ("attributes.points", "between", [-1, 10**15], "Points is between -1 and 1,000,000,000,000,000"),
    ("tag", "empty", [], "Tag is empty"),
]


@pytest.fixture
def points(place: Account) -> None:
    """A custom number."""
    db.session.add(AttributeDefinition(account_id=place.id, key="points", label="Points", kind="number"))
    db.session.commit()


def said(place: Account, raw: Any) -> str:
    found = reading(place, raw).definition
    return ConditionSentences([found]).summary(found)


@pytest.mark.parametrize(("name", "operator", "values", "sentence"), SENTENCES)
def test_one_condition(
    place: Account, points: None, name: str, operator: str, values: list[Any], sentence: str
) -> None:
    assert said(place, definition([condition(name, operator, *values)])) == sentence


def test_groups_are_told_apart(place: Account) -> None:
    known, unknown = condition("email", "known"), condition("phone", "unknown")
    assert said(place, definition([known, unknown])) == "E-mail is known AND Phone is unknown"
    both = definition([known, unknown], [unknown])
    assert said(place, both) == "(E-mail is known AND Phone is unknown) OR (Phone is unknown)"
    assert said(place, definition()) == ""


def test_what_is_left_out_comes_last(place: Account) -> None:
    known, unknown = condition("email", "known"), condition("phone", "unknown")
    assert said(place, excluding(definition([known]), [unknown, known])) == (
        "E-mail is known, but not (Phone is unknown AND E-mail is known)"
    )
    both = excluding(definition([known], [unknown]), [unknown], [known])
    assert said(place, both) == (
        "(E-mail is known) OR (Phone is unknown), but not (Phone is unknown) OR (E-mail is known)"
    )
    with force_locale("ja"):
        assert said(place, excluding(definition([known]), [unknown])) == (
            "メールアドレスが登録済み。ただし（電話番号が未登録）を除く"
        )


def test_many_names_are_cut_short_and_deleted_ones_are_said_to_be(place: Account) -> None:
    tags = [tag(place, f"T{at}") for at in range(8)]
    raw = definition([condition("tag", "contains_any", *(one.id for one in tags))])
    assert said(place, raw) == "Tag contains any of T0, T1, T2, T3, T4, or 3 more"
    db.session.delete(tags[0])
    db.session.commit()
    assert said(place, raw).startswith("Tag contains any of (deleted), T1")


@pytest.mark.parametrize(
    ("operator", "english", "japanese"),
    [
        ("contains_any", "Tag contains VIP", "タグにVIPを含む"),
        ("contains_all", "Tag contains VIP", "タグにVIPを含む"),
        ("contains_none", "Tag does not contain VIP", "タグにVIPを含まない"),
    ],
)
def test_one_value_alone_reads_as_one(place: Account, operator: str, english: str, japanese: str) -> None:
    raw = definition([condition("tag", operator, tag(place, "VIP").id)])
    assert said(place, raw) == english
    with force_locale("ja"):
        assert said(place, raw) == japanese


def test_a_date_is_not_switched_on_in_japanese(app: Flask) -> None:
    with force_locale("ja"):
        assert str(OPERATORS[ValueType.DATE]["on"].label) == "指定日"


def test_what_cannot_be_read_says_what_is_wrong(place: Account) -> None:
    assert said(place, definition([condition("", "")])) == "Choose a property."
    gone = "This attribute was deleted. Remove it or choose another property."
    assert said(place, definition([condition("attributes.gone", "known")])) == gone
    assert said(place, definition([condition("line.followed_at", "on", "soon")])).endswith("is on soon")


def test_names_are_asked_for_once_for_many_definitions(place: Account, statements: list[str]) -> None:
    one, two = tag(place, "One"), tag(place, "Two")
    found = [
        reading(place, definition([condition("tag", "contains_any", chosen.id)])).definition for chosen in (one, two)
    ]
    statements.clear()
    words = ConditionSentences(found)
    assert [words.summary(each) for each in found] == ["Tag contains One", "Tag contains Two"]
    assert sum("FROM tags" in one for one in statements) == 1


def test_every_operator_has_a_sentence_for_what_it_takes() -> None:
    for operators in OPERATORS.values():
        for one in operators.values():
            places = {name for name in ("value", "low", "high") if f"%({name})s" in str(one.sentence)}
            two = one.takes in {Takes.TWO_NUMBERS, Takes.TWO_DATES}
            assert places == (set() if one.takes is Takes.NOTHING else {"low", "high"} if two else {"value"}), one
            assert "%(property)s" in str(one.sentence)
