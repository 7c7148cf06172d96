"""What a block does with runs that stand still because their workflow is paused."""

from __future__ import annotations

import pytest

from app.core.db import db
from app.team.actors import SYSTEM
from app.workflows.models import OnBlock, WorkflowRun
from app.workflows.operations.life import pause, start
from app.workflows.queries.verify import problems_of
from tests.factories.workflows import active, says, step
from tests.workflows.conftest import Shop, history, let_pass, runs, said, settle


def stand_still(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch, on_block: str) -> WorkflowRun:
    """Return a run whose time came while its workflow was paused."""
    delay = step("delay", amount=1, unit="hours")
    later = step("send_message", content=says("An hour later"))
    workflow = active(shop.account, step("message", any=True), delay, later, on_block=on_block)
    shop.say(hana, "Hi")
    settle()
    pause(workflow.id, actor=SYSTEM)
    db.session.commit()
    let_pass(monkeypatch, hours=1, minutes=1)
    settle()
    (run,) = runs()
    assert (run.state, run.problem) == ("held", None)
    return run


def test_a_block_ends_what_stands_still(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    workflow_id = stand_still(shop, hana, monkeypatch, OnBlock.END).workflow_id
    shop.act(hana, "block")
    settle()
    (run,) = runs()
    assert (run.state, run.problem, run.node_id, run.held_due_at) == ("cancelled", "workflows.blocked", None, None)
    assert run.ended_at is not None and problems_of(workflow_id) == []
    assert history(run)[-1] == ("delay", "cancelled", None)


def test_a_block_freezes_what_stands_still_until_the_friend_is_back(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow_id = stand_still(shop, hana, monkeypatch, OnBlock.FREEZE).workflow_id
    shop.act(hana, "block")
    settle()
    start(workflow_id, held="go_on", actor=SYSTEM)
    db.session.commit()
    settle()
    assert (runs()[0].state, runs()[0].problem, said(shop)) == ("held", "workflows.blocked", [])
    shop.act(hana, "unblock")
    settle()
    assert runs()[0].state == "succeeded" and said(shop) == [["An hour later"]]


def test_what_a_block_has_frozen_in_a_pause_goes_on_when_the_workflow_does(
    shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    workflow_id = stand_still(shop, hana, monkeypatch, OnBlock.FREEZE).workflow_id
    for act in ("block", "unblock"):
        shop.act(hana, act)
        settle()
    assert (runs()[0].state, runs()[0].problem, said(shop)) == ("held", None, [])
    start(workflow_id, held="go_on", actor=SYSTEM)
    db.session.commit()
    settle()
    assert runs()[0].state == "succeeded" and said(shop) == [["An hour later"]]
