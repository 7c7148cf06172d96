"""Remove what simulations have kept for long enough."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete

from app.core.clock import now
from app.core.db import db
from app.workflows.simulation.models import WorkflowTestRun

# A test run that was left alone for so long.
TESTS_KEPT = timedelta(days=30)


def prune() -> None:
    """Remove old test runs; commits."""
    db.session.execute(delete(WorkflowTestRun).where(WorkflowTestRun.changed_at < now() - TESTS_KEPT))
    db.session.commit()
