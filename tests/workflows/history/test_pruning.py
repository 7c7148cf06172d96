"""Old runs go, and what was counted of them stays."""

from __future__ import annotations

from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.friends.queries.filter_sql import FRIENDS
from app.segments.queries.audience import audience_of
from app.workflows.engine.pruning import prune
from app.workflows.models import WorkflowRun, WorkflowStep
from app.workflows.queries.history import history_of
from app.workflows.queries.verify import problems_of
from app.workflows.queries.workflows import latest_graph
from tests.factories.segments import condition, definition, segment
from tests.factories.workflows import active, says, step
from tests.workflows.conftest import Shop, runs, settle


def test_old_runs_go_and_their_numbers_and_answers_stay(shop: Shop, hana: str) -> None:
    made = active(
        shop.account,
        step("message", keywords=[{"text": "hi", "match": "equals"}]),
        step("question", content=says("Age?"), name="Age", kind="number", amount=1, unit="days"),
    )
    for words in ("hi", "30", "hi", "31", "hi"):
        shop.say(hana, words)
        settle()
    old = now().replace(year=now().year - 2)
    db.session.execute(update(WorkflowRun).where(WorkflowRun.ended_at.is_not(None)).values(ended_at=old))
    db.session.commit()
    assert prune(10_000, 30) == 0
    assert prune(365, 10_000) == 0
    assert prune(365, 30) == 2
    assert [run.state for run in runs()] == ["waiting"]
    assert db.session.scalars(select(WorkflowStep)).all() == []
    totals = history_of(made.id, latest_graph(made), 7).totals
    assert (totals.started, totals.succeeded, totals.waiting, totals.open) == (3, 2, 1, 1)
    assert problems_of(made.id) == []
    for name, operator, values in (
        (f"workflow_answer.{made.id}.Age", "equals", [31]),
        ("workflow.finished", "contains_any", [made.id]),
        ("workflow.in", "contains_any", [made.id]),
    ):
        row = segment(shop.account, name, definition([condition(name, operator, *values)]))
        assert len(db.session.scalars(audience_of(row).members(FRIENDS.c.id)).all()) == 1
