"""What a friend's block does with the runs that wait or stand still: they end, or freeze until the friend is back."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import text

from app.core.db import db
from app.workflows.engine.cancelled import NOTE_CANCELLED, count_cancelled
from app.workflows.engine.runs import wake
from app.workflows.models import OnBlock

# Frozen are runs that stand still since a pause, too; one for which a member is to decide waits for the member.
_FREEZE = text("""
    UPDATE workflow_runs AS run
    SET state = 'held', problem = 'workflows.blocked', due_at = NULL, leased_until = NULL,
        held_due_at = coalesce(run.held_due_at, run.due_at)
    FROM workflows AS workflow, friends AS friend
    WHERE workflow.id = run.workflow_id AND friend.id = run.friend_id AND friend.follow_status = 'blocked'
      AND run.friend_id = ANY(:friend_ids) AND run.ended_at IS NULL AND workflow.on_block = :freeze
      AND (run.state = 'waiting' OR run.state = 'held' AND run.problem IS NULL)
""")
_END = text(f"""
    WITH mine AS (
        SELECT run.id, run.workflow_id, run.version_id, run.node_id, run.steps, run.begun,
               run.node_id IS NOT NULL
               AND (run.leased_until IS NULL OR run.leased_until < statement_timestamp()) AS is_noted
        FROM workflow_runs AS run
        JOIN workflows AS workflow ON workflow.id = run.workflow_id
        JOIN friends AS friend ON friend.id = run.friend_id
        WHERE friend.follow_status = 'blocked' AND run.friend_id = ANY(:friend_ids) AND run.ended_at IS NULL
          AND workflow.on_block <> :freeze AND run.state IN ('waiting', 'held')
        ORDER BY run.id FOR NO KEY UPDATE OF run
    ),
    cancelled AS (
        UPDATE workflow_runs AS run
        SET state = 'cancelled', problem = 'workflows.blocked', due_at = NULL, leased_until = NULL, held_due_at = NULL,
            awaits = NULL, node_id = NULL, ended_at = statement_timestamp(),
            steps = run.steps + CASE WHEN mine.is_noted THEN 1 ELSE 0 END
        FROM mine WHERE run.id = mine.id
        RETURNING mine.*
    )
{NOTE_CANCELLED}
""")  # noqa: S608
_BACK = text("""
    UPDATE workflow_runs
    SET state = 'waiting', problem = NULL, due_at = held_due_at, held_due_at = NULL
    WHERE friend_id = ANY(:friend_ids) AND state = 'held' AND problem = 'workflows.blocked' AND ended_at IS NULL
""")


def friends_have_blocked(friends: Collection[tuple[int, int]]) -> None:
    """End or freeze what waits or stands still for these friends, given as (account id, friend id)."""
    values = {"friend_ids": sorted(friend_id for _, friend_id in friends), "freeze": OnBlock.FREEZE}
    db.session.execute(_FREEZE, values)
    count_cancelled(db.session.execute(_END, values).all())


def friends_are_back(friends: Collection[tuple[int, int]]) -> None:
    """Let what was held since a block go on."""
    if db.session.execute(_BACK, {"friend_ids": sorted(friend_id for _, friend_id in friends)}).rowcount:  # type: ignore[attr-defined]
        wake()
