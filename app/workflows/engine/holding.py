"""Hold runs, let them go on, and cancel them, many at once."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import TextClause, text

from app.core.db import db
from app.workflows.engine.cancelled import NOTE_CANCELLED, count_cancelled
from app.workflows.engine.runs import wake

_RELEASE = text("""
    UPDATE workflow_runs
    SET state = CASE WHEN awaits IS NULL AND begun = '{}' THEN 'running' ELSE 'waiting' END,
        due_at = held_due_at, held_due_at = NULL
    WHERE workflow_id = :workflow_id AND state = 'held' AND problem IS NULL AND ended_at IS NULL
""")


def _cancel(whose: str) -> TextClause:
    """Return the statement that cancels these open runs."""
    return text(f"""
    WITH mine AS (
        SELECT id, workflow_id, version_id, node_id, steps, begun,
               node_id IS NOT NULL AND (leased_until IS NULL OR leased_until < statement_timestamp()) AS is_noted
        FROM workflow_runs
        WHERE {whose} AND state IN ('running', 'waiting', 'held')
        ORDER BY id FOR NO KEY UPDATE
    ),
    cancelled AS (
        UPDATE workflow_runs AS run
        SET state = 'cancelled', node_id = NULL, awaits = NULL, event = NULL, begun = '{{}}', due_at = NULL,
            attempts = 0, leased_until = NULL, held_due_at = NULL, ended_at = statement_timestamp(), problem = :reason,
            steps = run.steps + CASE WHEN mine.is_noted THEN 1 ELSE 0 END
        FROM mine WHERE run.id = mine.id
        RETURNING mine.*
    )
{NOTE_CANCELLED}
""")  # noqa: S608


_CANCEL_OF_WORKFLOW = _cancel("workflow_id = :workflow_id AND (CAST(:run_id AS bigint) IS NULL OR id = :run_id)")
_CANCEL_OF_FRIENDS = _cancel("ended_at IS NULL AND friend_id = ANY(:friend_ids)")


def release_held(workflow_id: int) -> None:
    """Let the runs go on that stand still since a pause; they are due when they would have been.

    Those of friends who have blocked the account, and those that wait for a member, stand still for another reason.
    """
    db.session.execute(_RELEASE, {"workflow_id": workflow_id})
    wake()


def cancel_runs(workflow_id: int, run_id: int | None = None, *, reason: str | None = None) -> int:
    """Cancel the open runs of a workflow, or one of them; returns how many.

    The step at which each stands is noted as cancelled. One that a worker is doing the worker notes, and then goes no
    further.
    """
    values = {"workflow_id": workflow_id, "run_id": run_id, "reason": reason}
    return count_cancelled(db.session.execute(_CANCEL_OF_WORKFLOW, values).all())


def cancel_runs_of(friend_ids: Collection[int], *, reason: str) -> int:
    """Cancel the open runs of these friends in all workflows, as `cancel_runs` does; returns how many."""
    values = {"friend_ids": sorted(friend_ids), "reason": reason}
    return count_cancelled(db.session.execute(_CANCEL_OF_FRIENDS, values).all())
