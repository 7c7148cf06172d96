"""An answered question starts workflows: any question or a certain one, and what was answered."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.db import db
from app.core.errors import Conflict
from app.friends.models import AttributeDefinition, AttributeKind
from app.workflows.models import Workflow
from app.workflows.triggers.answers import fits_answer
from tests.factories.workflows import active, says, step
from tests.workflows.conftest import Shop, runs, said, settle


def asks(shop: Shop, text: str, kind: str = "number", **more: Any) -> Workflow:
    """A workflow that asks those who write this text for a number."""
    question = step(
        "question", content=says(f"{text}?"), kind=kind, name="people", tries=1, amount=1, unit="days", **more
    )
    return active(shop.account, step("message", keywords=[{"text": text, "match": "equals"}]), question, name=text)


def starts(shop: Shop, name: str, **settings: Any) -> None:
    active(shop.account, step("question_answered", **settings), step("send_message", content=says(name)), name=name)


def test_an_answer_starts_what_waits_for_it(shop: Shop, hana: str) -> None:
    book, order = asks(shop, "book"), asks(shop, "order")
    starts(shop, "Any")
    starts(shop, "Of book", from_workflow=book.id)
    starts(shop, "Of order", from_workflow=order.id)
    starts(shop, "Question", from_workflow=book.id, from_node="n1")
    starts(shop, "Many", from_workflow=book.id, match="at_least", value="10")
    starts(shop, "Four", match="equals", value="4")
    shop.say(hana, "book")
    settle()
    shop.say(hana, "4")
    settle()
    assert sorted(text for call in said(shop)[1:] for text in call) == ["Any", "Four", "Of book", "Question"]
    told = [run.trigger for run in runs() if run.trigger["kind"] == "question_answered"]
    assert {(one["name"], one["answer"]) for one in told} == {("people", 4)}
    assert [run.chain for run in runs() if run.trigger["kind"] == "question_answered"] == [[book.id]] * 4


def test_a_wrong_answer_starts_nothing(shop: Shop, hana: str) -> None:
    asks(shop, "book")
    starts(shop, "Any")
    shop.say(hana, "book")
    settle()
    shop.say(hana, "many")
    settle()
    assert said(shop) == [["book?"]]


def test_an_answer_that_cannot_be_stored_starts_nothing(shop: Shop, hana: str) -> None:
    about = {"account_id": shop.account.id, "key": "visit", "label": "Visit", "kind": AttributeKind.DATE}
    db.session.add(AttributeDefinition(**about))
    db.session.commit()
    asks(shop, "book", field="attributes.visit", kind="text")
    starts(shop, "Any")
    shop.say(hana, "book")
    settle()
    shop.say(hana, "tomorrow or so")
    settle()
    assert said(shop) == [["book?"]] and runs()[0].problem == "workflows.wrong_value"


def test_a_workflow_that_starts_by_its_own_question_is_stopped(shop: Shop, hana: str) -> None:
    question = step("question", content=says("Name?"), kind="text", name="name", tries=1, amount=1, unit="days")
    active(shop.account, step("message", any=True), question, name="Circle")
    active(shop.account, step("question_answered"), step("send_message", content=says("Hello")), name="After")
    workflow = db.session.query(Workflow).filter_by(name="Circle").one()
    assert workflow.active_version is not None
    shop.say(hana, "Hi")
    settle()
    shop.say(hana, "Hana")
    settle()
    assert said(shop) == [["Name?"], ["Hello"]]


@pytest.mark.parametrize(
    ("match", "value", "answer", "fits"),
    [
        ("equals", "yes", "YES", True),
        ("equals", "4.0", 4, True),
        ("equals", "", "", False),
        ("contains", "cof", "Coffee", True),
        ("contains", "", "Coffee", False),
        ("at_least", "10", 9, False),
        ("at_most", "10", 9, True),
        ("at_least", "2026-12-24", "2026-12-25", True),
        ("at_most", "2026-12-24", "2026-12-25", False),
        ("at_least", "10", "many", False),
    ],
)
def test_how_answers_are_compared(match: str, value: str, answer: Any, fits: bool) -> None:
    settings = {"match": match, "value": value, "folded": value.lower()}
    assert fits_answer(settings, {"answer": answer, "folded": str(answer).lower()}) is fits


@pytest.mark.parametrize(
    "settings",
    [
        {"match": "equals", "value": " "},
        {"match": "at_least", "value": "many"},
        {"match": "like", "value": "x"},
        {"from_workflow": 999_999},
    ],
)
def test_what_is_missing_keeps_a_workflow_from_its_start(shop: Shop, settings: dict[str, Any]) -> None:
    with pytest.raises(Conflict):
        active(shop.account, step("question_answered", **settings), step("stop"))
