"""Remove what simulations have kept for long enough."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from app.core.clock import now
from app.core.db import db
from app.workflows.simulation.models import WorkflowReplay, WorkflowTestRun
from app.workflows.simulation.removing import remove_replays

# A test run that was left alone for so long, and a replay of so long ago.
KEPT = timedelta(days=30)


def prune() -> None:
    """Remove old test runs and replays; commits."""
    before = now() - KEPT
    db.session.execute(delete(WorkflowTestRun).where(WorkflowTestRun.changed_at < before))
    remove_replays(WorkflowReplay.created_at < before)
    db.session.commit()
