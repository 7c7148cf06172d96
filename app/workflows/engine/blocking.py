"""What a friend's block does with the runs that wait or stand still: they end, or freeze until the friend is back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy import text

from app.core.db import db
from app.workflows.engine.runs import wake
from app.workflows.engine.saving import count_days
from app.workflows.models import OnBlock, WorkflowRunState

# Frozen are runs that stand still since a pause, too; one for which a member is to decide waits for the member.
_BLOCKED = text("""
    UPDATE workflow_runs AS run
    SET state = CASE WHEN workflow.on_block = :freeze THEN 'held' ELSE 'cancelled' END,
        problem = 'workflows.blocked', due_at = NULL, leased_until = NULL,
        held_due_at = CASE WHEN workflow.on_block = :freeze THEN coalesce(run.held_due_at, run.due_at) END,
        awaits = CASE WHEN workflow.on_block = :freeze THEN run.awaits END,
        ended_at = CASE WHEN workflow.on_block = :freeze THEN NULL ELSE statement_timestamp() END,
        node_id = CASE WHEN workflow.on_block = :freeze THEN run.node_id END
    FROM workflows AS workflow, friends AS friend
    WHERE workflow.id = run.workflow_id AND friend.id = run.friend_id AND friend.follow_status = 'blocked'
      AND run.friend_id = ANY(:friend_ids) AND run.ended_at IS NULL
      AND (run.state = 'waiting'
           OR run.state = 'held' AND (run.problem IS NULL OR workflow.on_block <> :freeze))
    RETURNING run.workflow_id, run.state
""")
_BACK = text("""
    UPDATE workflow_runs
    SET state = 'waiting', problem = NULL, due_at = held_due_at, held_due_at = NULL
    WHERE friend_id = ANY(:friend_ids) AND state = 'held' AND problem = 'workflows.blocked' AND ended_at IS NULL
""")


def friends_have_blocked(friends: Collection[tuple[int, int]]) -> None:
    """End or freeze what waits or stands still for these friends, given as (account id, friend id)."""
    values = {"friend_ids": sorted(friend_id for _, friend_id in friends), "freeze": OnBlock.FREEZE}
    rows = db.session.execute(_BLOCKED, values).all()
    ended = Counter((row.workflow_id, str(row.state)) for row in rows if row.state == WorkflowRunState.CANCELLED)
    count_days(ended)


def friends_are_back(friends: Collection[tuple[int, int]]) -> None:
    """Let what was held since a block go on."""
    if db.session.execute(_BACK, {"friend_ids": sorted(friend_id for _, friend_id in friends)}).rowcount:  # type: ignore[attr-defined]
        wake()
