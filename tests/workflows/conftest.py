"""What tests of workflows share: a channel at the sandbox, and ways to look at runs."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.core import clock
from app.core.db import db
from app.line.operations import processing
from app.workflows.engine.advancing import advance_due
from app.workflows.models import WorkflowRun, WorkflowStep
from tests.line.conftest import channel, connect, public
from tests.messages.sending.conftest import Shop, hana, shop

__all__ = ["Shop", "channel", "connect", "hana", "public", "shop"]


def settle() -> None:
    """Process the events that LINE sent, and let every run go as far as it can."""
    processing.process_due()
    while advance_due():
        pass
    db.session.commit()


def runs() -> list[WorkflowRun]:
    """Return all runs, the first one first."""
    db.session.rollback()
    query = select(WorkflowRun).order_by(WorkflowRun.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def history(run: WorkflowRun) -> list[tuple[str, str, str | None]]:
    """Return the steps of a run as (kind, result, exit)."""
    query = select(WorkflowStep).where(WorkflowStep.run_id == run.id).order_by(WorkflowStep.number)
    return [(step.kind, step.result, step.exit) for step in db.session.scalars(query)]


def said(shop: Shop) -> list[list[str]]:
    """Return the texts of each call that LINE accepted."""
    return [[one.get("text", "") for one in entry["messages"]] for entry in shop.log()]


def let_pass(monkeypatch: pytest.MonkeyPatch, **amount: float) -> None:
    """Move the clock ahead: this process's, and for runs that wait the database's."""
    ahead = timedelta(**amount)
    before = clock.now

    def later() -> datetime:
        return before() + ahead

    monkeypatch.setattr(clock, "now", later)
    db.session.execute(text("UPDATE workflow_runs SET due_at = due_at - :ahead"), {"ahead": ahead})
    db.session.commit()


@pytest.fixture(autouse=True)
def _quiet_wakes(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Runs advance only when a test says so."""
    return None
