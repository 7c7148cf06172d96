"""The account's frequency cap in workflows: pushes count and are skipped, replies are neither."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.messages.sending.models import FrequencyCap
from app.workflows.models import WorkflowRun, WorkflowStep
from tests.factories import friends as factory
from tests.factories.workflows import active, says, step
from tests.workflows.conftest import Shop, history, runs, said, settle


@pytest.fixture(autouse=True)
def _once_a_day(shop: Shop) -> None:
    db.session.add(FrequencyCap(account_id=shop.account.id, most=1, days=1))
    db.session.commit()


def tag_starts(shop: Shop, *steps: Any, name: str = "Pushes") -> Any:
    """A workflow that a tag starts, so that no reply token is there; returns what starts it."""
    tag = factory.tag(shop.account, name)
    active(shop.account, step("tag_added", tags={str(shop.account.id): [tag.id]}), *steps, name=name)
    put_on = step("tag", tags={str(shop.account.id): [tag.id]})
    active(shop.account, step("message", keywords=[{"text": name, "match": "equals"}]), put_on, name=f"Puts on {name}")
    return tag


def starts(shop: Shop, hana: str, text: str) -> None:
    shop.say(hana, text)
    db.session.execute(db.text("DELETE FROM reply_tokens"))
    db.session.commit()
    settle()


def notes(run: WorkflowRun) -> list[dict[str, Any]]:
    query = select(WorkflowStep.note).where(WorkflowStep.run_id == run.id).order_by(WorkflowStep.number)
    return list(db.session.scalars(query))


def test_a_push_above_the_cap_is_skipped_with_a_note_and_the_run_goes_on(shop: Shop, hana: str) -> None:
    greet = step("send_message", content=says("First"))
    tag_starts(shop, greet, step("delay", amount=0, unit="days", time="00:00", weekdays=[]), name="one")
    tag_starts(shop, step("send_message", content=says("Second")), step("stop"), name="two")
    starts(shop, hana, "one")
    starts(shop, hana, "two")
    assert said(shop) == [["First"]]
    skipped = next(run for run in runs() if len(history(run)) == 2)
    assert history(skipped) == [("send_message", "skipped", "next"), ("stop", "done", None)]
    assert notes(skipped)[0] == {"capped": True} and skipped.state == "succeeded"


def test_a_reply_goes_out_whatever_the_cap(shop: Shop, hana: str) -> None:
    tag_starts(shop, step("send_message", content=says("Pushed")), name="push")
    answer = step("send_message", content=says("Answer"))
    active(shop.account, step("message", keywords=[{"text": "ask", "match": "equals"}]), answer, name="Answers")
    starts(shop, hana, "push")
    shop.say(hana, "ask")
    settle()
    assert said(shop) == [["Pushed"], ["Answer"]]


def test_a_question_that_may_not_be_asked_waits_for_no_answer(shop: Shop, hana: str) -> None:
    asks = {"content": says("Size?"), "kind": "text", "name": "size", "default": "M", "amount": 1, "unit": "days"}
    tag_starts(shop, step("send_message", content=says("Pushed")), name="push")
    tag_starts(shop, step("question", {"timeout": "2", "-": "x"}, **asks), step("stop"), name="ask")
    starts(shop, hana, "push")
    starts(shop, hana, "ask")
    assert said(shop) == [["Pushed"]]
    asked = next(run for run in runs() if history(run)[0][0] == "question")
    assert history(asked) == [("question", "skipped", "timeout"), ("stop", "done", None)]
    assert asked.answers == {"size": "M"} and notes(asked)[0] == {"capped": True}
