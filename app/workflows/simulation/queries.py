"""Find a member's test run."""

from __future__ import annotations

from app.core.db import db
from app.workflows.simulation.models import WorkflowTestRun


def begun_test(workflow_id: int, member_id: int) -> WorkflowTestRun | None:
    """Return the member's test run of a workflow; None where none was begun."""
    return db.session.get(WorkflowTestRun, (workflow_id, member_id))
