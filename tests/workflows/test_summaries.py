"""What the line of a step tells: conditions of exits and triggers in words, and what has not been entered yet."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.workflows.definition.graph import Node
from app.workflows.definition.summaries import summaries, summaries_of
from tests.factories import friends, line
from tests.factories.workflows import chain, says, step


def has_tag(tag_id: int) -> dict[str, Any]:
    condition = {"property": "tag", "operator": "contains_any", "values": [tag_id]}
    return {"version": 1, "groups": [{"conditions": [condition]}]}


@pytest.fixture
def only_vip(app: Flask) -> dict[str, Any]:
    """Conditions of a trigger or a branch for an account of which VIP is a tag."""
    account = line.account()
    tag = friends.tag(account, "VIP")
    db.session.commit()
    return {str(account.id): has_tag(tag.id)}


def test_a_branch_says_by_which_condition_each_exit_is_taken(only_vip: dict[str, Any]) -> None:
    size = {"source": "answer", "name": "size", "operator": "equals", "value": "L"}
    known = {"source": "trigger", "name": "text", "operator": "is_set", "value": ""}
    branches = [
        {"name": "b1", "label": "Regulars", "conditions": only_vip, "tests": [size]},
        {"name": "b2", "label": "Writers", "tests": [known]},
        {"name": "b3", "label": "Others"},
    ]
    # Settings that cannot be read leave the other steps theirs.
    odd = Node("odd", "branch", {"branches": [7, {"name": "b1", "label": None, "tests": 3, "conditions": "x"}]})
    said = summaries([Node("n", "branch", {"branches": branches}), odd], [int(one) for one in only_vip])
    assert said["n"] == "Regulars: Tag contains VIP AND size equals “L” / Writers: text is known / Others / Else"
    assert said["odd"] == " / Else"


def test_a_trigger_says_for_whom_it_fires(only_vip: dict[str, Any]) -> None:
    account = line.account(name="Other")
    graph = chain(
        account,
        step("message", keywords=[{"text": "coupon", "match": "equals"}], conditions=only_vip),
        step("tag_added", conditions=only_vip),
    )
    graph = replace(graph, account_ids=(*(int(one) for one in only_vip), account.id))
    said = summaries_of(graph)
    assert said == {
        "n0": "When a message equals “coupon” (only for: Tag contains VIP)",
        "n1": "Only for: Tag contains VIP",
    }


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("message", {"keywords": [{"text": " ", "match": "equals"}]}, "No keyword yet"),
        ("message", {"keywords": []}, "When a friend sends any message"),
        (
            "message",
            {"keywords": [{"text": "", "match": "equals"}, {"text": "tea", "match": "contains"}]},
            "When a message contains “tea”",
        ),
        ("link_clicked", {"of": "address", "address": ""}, "No address yet"),
        ("question_answered", {"match": "equals", "value": ""}, "No answer to compare yet"),
        ("send_message", {"content": {"version": 1, "messages": []}}, "No message yet"),
    ],
)
def test_what_is_empty_is_called_missing(app: Flask, kind: str, settings: dict[str, Any], words: str) -> None:
    assert str(summaries([Node("n", kind, settings)], [])["n"]) == words


BIRTHDAY = (
    "Happy birthday, {{display_name|our friend}}{{emoji:5ac1bfd5040ab15980c9b435/001}}! Code: {{attributes.code|}}"
)


@pytest.mark.parametrize(
    ("kind", "settings", "words"),
    [
        ("send_message", {"content": says(BIRTHDAY)}, "Happy birthday, our friend! Code: …"),
        ("question", {"content": says("Hi {{display_name|you}}?")}, "Hi you?"),
        ("question", {"content": says("Hi {{display_name")}, "Hi {{display_name"),
        ("schedule", {"every": "once", "date": "2026-12-24", "time": "09:00"}, "Once, on Dec 24, 2026 at 09:00"),
        ("schedule", {"every": "once", "date": "soon", "time": "09:00"}, "Once at 09:00"),
        (
            "schedule",
            {"every": "week", "weekdays": [4, 0], "time": "09:00"},
            "Every week on Monday and Friday at 09:00",
        ),
        ("schedule", {"every": "week", "weekdays": [], "time": "09:00"}, "Every week at 09:00"),
        ("schedule", {"every": "month", "day": 31, "time": "09:00"}, "Every month on day 31 at 09:00"),
        ("schedule", {"every": "day", "time": "09:00"}, "Every day at 09:00"),
    ],
)
def test_schedules_name_their_days_and_messages_are_read_without_braces(
    app: Flask, kind: str, settings: dict[str, Any], words: str
) -> None:
    said = str(summaries([Node("n", kind, settings)], [])["n"])
    assert said.replace("\u2068", "").replace("\u2069", "") == words
