"""Faults in steps: they cost the run that meets them its step, and no other run anything."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.team.actors import SYSTEM
from app.workflows.definition.deciding import UNEXPECTED
from app.workflows.engine import advancing
from app.workflows.engine.loading import graph_of
from app.workflows.models import ReEntry, WorkflowRun, WorkflowStep
from app.workflows.operations.runs import cancel_run, retry_run
from app.workflows.queries.workflows import get_version
from tests.factories.workflows import active, chain, says, step
from tests.workflows.conftest import Shop, history, runs, said, settle
from tests.workflows.test_engine import tagged


def test_a_fault_in_one_step_fails_that_step_at_once_and_no_other_run(shop: Shop, hana: str) -> None:
    broken = step("delay", {"error": "2", "next": "x"}, amount=1, unit="days", time="25:99")
    message = step("message", keywords=[{"text": "broken", "match": "equals"}])
    # The checks would not let it start.
    workflow = active(shop.account, message, step("stop", {"error": "2"}), tagged(shop, "Broken"), name="Broken")
    version = get_version(workflow)
    version.graph = chain(shop.account, message, broken, tagged(shop, "Failed")).as_json()
    db.session.commit()
    graph_of.cache_clear()
    active(shop.account, step("message", any=True), step("send_message", content=says("Hello")), name="Sound")
    shop.say(hana, "broken")
    settle()
    failed, sound = runs()
    assert history(failed) == [("delay", "failed", "error"), ("tag", "done", "next")]
    assert (sound.state, said(shop)) == ("succeeded", [["Hello"]])
    first, _tag = db.session.scalars(select(WorkflowStep).where(WorkflowStep.run_id == failed.id))
    assert first.note["code"] == UNEXPECTED


@pytest.mark.parametrize(("error", "tries"), [(ZeroDivisionError, 3), (OSError, 8)])
def test_a_fault_in_an_effect_is_tried_again_and_then_fails_the_step(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch, error: type[Exception], tries: int
) -> None:
    active(shop.account, step("message", any=True), tagged(shop, "New"), step("send_message", content=says("Hello")))
    tried = []

    def fail(_tasks: Any) -> Any:
        tried.append(1)
        raise error("Something is wrong")

    monkeypatch.setattr(advancing, "perform_inside", fail)
    shop.say(hana, "Hi")
    for _ in range(tries):
        assert runs()[0].state == "running"
        db.session.execute(update(WorkflowRun).values(due_at=now() - timedelta(days=1), leased_until=None))
        db.session.commit()
        settle()
    assert len(tried) == tries
    (run,) = runs()
    assert (run.state, run.problem, history(run)) == ("failed", UNEXPECTED, [("tag", "failed", None)])


def test_a_failed_run_is_not_tried_again_beside_another_one(shop: Shop, hana: str) -> None:
    wait = step("delay", amount=1, unit="days")
    rule = ReEntry.NOT_WHILE_RUNNING
    workflow = active(shop.account, step("message", any=True), wait, step("stop"), re_entry=rule)
    shop.say(hana, "Hi")
    settle()
    (first,) = runs()
    first.state, first.ended_at, first.due_at = "failed", now(), None
    db.session.commit()
    shop.say(hana, "Hi again")
    settle()
    with pytest.raises(Conflict, match="another run of this workflow under way"):
        retry_run(workflow.id, first.id, actor=SYSTEM)
    db.session.rollback()
    cancel_run(workflow.id, runs()[1].id, actor=SYSTEM)
    db.session.commit()
    retry_run(workflow.id, first.id, actor=SYSTEM)
    assert first.state == "running"
