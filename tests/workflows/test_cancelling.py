"""A run that is cancelled while LINE is called: what was sent stands in its history."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.workflows.engine import advancing
from app.workflows.engine.holding import cancel_runs
from app.workflows.engine.performing import UNFINISHED
from app.workflows.models import WorkflowStep
from app.workflows.queries.verify import problems_of
from tests.factories.workflows import active, says, step
from tests.workflows.conftest import Shop, history, runs, said, settle

QUESTION = step("question", content=says("How many?"), kind="number", name="people", amount=1, unit="days", tries=2)
MESSAGE = step("send_message", content=says("Hello"))


@pytest.mark.parametrize(
    ("sends", "texts", "steps"),
    [
        (MESSAGE, "Hello", [("send_message", "done", "next")]),
        (QUESTION, "How many?", [("question", "done", None)]),
    ],
    ids=["a message", "a question"],
)
def test_what_line_took_before_the_run_was_cancelled_is_noted(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch, sends: Any, texts: str, steps: list[Any]
) -> None:
    workflow = active(
        shop.account, step("message", any=True), sends, step("delay", amount=1, unit="days"), step("stop")
    )
    real = advancing.perform_outside

    def cancelled_in_between(tasks: Any) -> Any:
        outcomes = real(tasks)
        assert cancel_runs(workflow.id) == 1
        db.session.commit()
        return outcomes

    monkeypatch.setattr(advancing, "perform_outside", cancelled_in_between)
    shop.say(hana, "Hi")
    settle()
    (run,) = runs()
    assert (run.state, run.node_id, run.steps, said(shop)) == ("cancelled", None, 1, [[texts]])
    assert history(run) == steps and problems_of(workflow.id) == []
    (noted,) = db.session.scalars(select(WorkflowStep).where(WorkflowStep.run_id == run.id))
    assert noted.note["via"] == "reply"


def test_a_message_that_waits_is_not_noted_for_a_cancelled_run(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow = active(shop.account, step("message", any=True), MESSAGE, step("stop"))

    def put_off(tasks: Any) -> Any:
        cancel_runs(workflow.id)
        db.session.commit()
        return {task.key: UNFINISHED for task in tasks}

    monkeypatch.setattr(advancing, "perform_outside", put_off)
    shop.say(hana, "Hi")
    settle()
    (run,) = runs()
    assert (run.state, run.steps, history(run)) == ("cancelled", 0, [])
