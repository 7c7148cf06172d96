"""Remove replays with what they have stored, which no foreign key holds: checking it row by row took longer than
storing the rows.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, delete, select

from app.core.db import db
from app.segments.conditions.sql import one_of
from app.workflows.owned import OWNED
from app.workflows.simulation.models import WorkflowReplay, WorkflowReplayFriend, WorkflowReplaySend


def remove_replays(*tests: ColumnElement[Any]) -> None:
    """Remove the replays for which these tests hold; a slice that stores something has ended before, or finds none."""
    found = db.session.scalars(select(WorkflowReplay.id).where(*tests).order_by(WorkflowReplay.id).with_for_update())
    if not (replay_ids := found.all()):
        return
    for table in (WorkflowReplaySend, WorkflowReplayFriend):
        db.session.execute(delete(table).where(one_of(table.replay_id, replay_ids)))
    db.session.execute(delete(WorkflowReplay).where(one_of(WorkflowReplay.id, replay_ids)))


def _of_workflow(workflow_id: int) -> None:
    remove_replays(WorkflowReplay.workflow_id == workflow_id)


OWNED.add("replays", _of_workflow)
