"""What members do with single runs: try failed ones again, let held ones go on, and skip waits."""

from __future__ import annotations

import pytest

from app.core.db import db
from app.core.errors import Conflict
from app.team.actors import SYSTEM
from app.workflows.engine.loading import graph_of
from app.workflows.operations.runs import release_run, retry_run, skip_wait
from app.workflows.queries.history import figures_of_nodes
from app.workflows.queries.verify import problems_of
from tests.factories.workflows import active, says, step
from tests.workflows.conftest import Shop, history, let_pass, runs, said, settle


def test_a_failed_run_is_tried_again_from_the_step_that_failed(shop: Shop, hana: str) -> None:
    workflow = active(shop.account, step("message", any=True), step("send_message", content=says("Hello")))
    shop.fault("status", "push", status=400, message="Something is wrong")
    shop.say(hana, "Hi")
    db.session.execute(db.text("DELETE FROM reply_tokens"))
    db.session.commit()
    settle()
    (run,) = runs()
    assert (run.state, run.problem is not None, said(shop)) == ("failed", True, [])
    retry_run(workflow.id, run.id, actor=SYSTEM)
    db.session.commit()
    settle()
    assert runs()[0].state == "succeeded" and said(shop) == [["Hello"]]
    assert [result for _kind, result, _exit in history(runs()[0])] == ["retried", "done"]
    assert problems_of(workflow.id) == []
    figures = figures_of_nodes(workflow.id, graph_of(runs()[0].version_id), 7)
    [sent] = [one for one in figures.values() if one.node.kind == "send_message"]
    assert (sent.came, sent.failed, sent.drop_off) == (1, 0, 0)
    with pytest.raises(Conflict):
        retry_run(workflow.id, run.id, actor=SYSTEM)


def test_a_run_whose_time_passed_waits_for_a_member(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    late = {"policy": "ask", "hours": 1}
    workflow = active(
        shop.account,
        step("message", any=True),
        step("delay", amount=1, unit="hours", late=late),
        step("send_message", content=says("Later")),
    )
    shop.say(hana, "Hi")
    settle()
    let_pass(monkeypatch, hours=5)
    settle()
    (run,) = runs()
    assert (run.state, run.problem, run.due_at) == ("held", "workflows.late", None)
    release_run(workflow.id, run.id, actor=SYSTEM)
    db.session.commit()
    settle()
    assert said(shop) == [["Later"]] and runs()[0].state == "succeeded"


def test_a_member_skips_the_wait_of_a_run(shop: Shop, hana: str) -> None:
    workflow = active(
        shop.account,
        step("message", any=True),
        step("delay", amount=3, unit="days"),
        step("send_message", content=says("Three days later")),
    )
    shop.say(hana, "Hi")
    settle()
    assert runs()[0].waits_for_time and said(shop) == []
    skip_wait(workflow.id, runs()[0].id, actor=SYSTEM)
    db.session.commit()
    settle()
    assert said(shop) == [["Three days later"]] and runs()[0].state == "succeeded"
    assert problems_of(workflow.id) == []
    with pytest.raises(Conflict):
        skip_wait(workflow.id, runs()[0].id, actor=SYSTEM)
