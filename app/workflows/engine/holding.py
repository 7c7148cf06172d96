"""Hold runs, let them go on, and cancel them, many at once."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import text

from app.core.db import db
from app.workflows.engine.runs import wake
from app.workflows.engine.saving import count_days
from app.workflows.models import WorkflowRunState

_RELEASE = text("""
    UPDATE workflow_runs
    SET state = CASE WHEN awaits IS NULL AND begun = '{}' THEN 'running' ELSE 'waiting' END,
        due_at = held_due_at, held_due_at = NULL
    WHERE workflow_id = :workflow_id AND state = 'held' AND problem IS NULL AND ended_at IS NULL
""")
_CANCEL = text("""
    UPDATE workflow_runs
    SET state = 'cancelled', node_id = NULL, awaits = NULL, event = NULL, begun = '{}', due_at = NULL, attempts = 0,
        leased_until = NULL, held_due_at = NULL, ended_at = statement_timestamp(), problem = :reason
    WHERE workflow_id = :workflow_id AND state IN ('running', 'waiting', 'held')
      AND (CAST(:run_id AS bigint) IS NULL OR id = :run_id)
    RETURNING id
""")


def release_held(workflow_id: int) -> None:
    """Let the runs go on that stand still since a pause; they are due when they would have been.

    Those of friends who have blocked the account, and those that wait for a member, stand still for another reason.
    """
    db.session.execute(_RELEASE, {"workflow_id": workflow_id})
    wake()


def cancel_runs(workflow_id: int, run_id: int | None = None, *, reason: str | None = None) -> int:
    """Cancel the open runs of a workflow, or one of them; returns how many.

    What a worker has begun outside it notes as a step all the same, and then goes no further.
    """
    values = {"workflow_id": workflow_id, "run_id": run_id, "reason": reason}
    cancelled = len(db.session.execute(_CANCEL, values).all())
    if cancelled:
        count_days(Counter({(workflow_id, WorkflowRunState.CANCELLED.value): cancelled}))
    return cancelled
