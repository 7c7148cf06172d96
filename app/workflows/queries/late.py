"""Find triggers that wait for a decision since their moment passed while the system was away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.line.models import Account
from app.workflows.engine.clocks import LATE
from app.workflows.models import WorkflowTrigger


def late_triggers(workflow_id: int) -> Sequence[Any]:
    """Return id, kind, missed moment and name of the account of these triggers, the oldest first."""
    query = (
        select(WorkflowTrigger.id, WorkflowTrigger.kind, WorkflowTrigger.occurrence, Account.name)
        .join(Account, Account.id == WorkflowTrigger.account_id)
        .where(WorkflowTrigger.workflow_id == workflow_id, WorkflowTrigger.reason == LATE)
    )
    return db.session.execute(query.order_by(WorkflowTrigger.occurrence, WorkflowTrigger.id)).all()
