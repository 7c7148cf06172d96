"""The accounts that a workflow is about: those of its latest version, and former ones that it still works for."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, delete, exists, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.workflows.models import (
    OPEN,
    Workflow,
    WorkflowAccount,
    WorkflowFormerAccount,
    WorkflowRun,
    WorkflowStatus,
    WorkflowVersion,
)


def set_accounts(workflow: Workflow, account_ids: Collection[int]) -> None:
    """Set the accounts of the latest version. Those that it names no longer become former ones, once it was started."""
    named, former = WorkflowAccount, WorkflowFormerAccount
    mine = named.workflow_id == workflow.id
    if workflow.active_version is not None:
        left = select(named.workflow_id, named.account_id).where(mine, named.account_id.not_in(account_ids))
        statement = insert(former).from_select(["workflow_id", "account_id"], left)
        db.session.execute(statement.on_conflict_do_nothing())
    db.session.execute(delete(named).where(mine))
    db.session.add_all(named(workflow_id=workflow.id, account_id=one) for one in account_ids)
    db.session.flush()
    is_back = former.account_id.in_(account_ids)
    db.session.execute(delete(former).where(former.workflow_id == workflow.id, is_back))


def keep_account(workflow_id: int, account_id: int) -> None:
    """Note that a run of the account is open again, where the latest version does not name the account."""
    place = {"workflow_id": workflow_id, "account_id": account_id}
    if db.session.get(WorkflowAccount, place) is None:
        db.session.execute(insert(WorkflowFormerAccount).values(place).on_conflict_do_nothing())


def prune_former_accounts() -> None:
    """Remove former accounts for which nothing is done any more."""
    db.session.execute(delete(WorkflowFormerAccount).where(~_is_answered(), ~_has_open_runs()))
    db.session.commit()


def _is_answered() -> ColumnElement[bool]:
    former = WorkflowFormerAccount
    started = (
        select(WorkflowVersion.id)
        .join(Workflow, Workflow.id == WorkflowVersion.workflow_id)
        .where(
            Workflow.id == former.workflow_id,
            Workflow.status == WorkflowStatus.ACTIVE,
            WorkflowVersion.number == Workflow.active_version,
            WorkflowVersion.graph["accounts"].contains(func.to_jsonb(former.account_id)),
        )
    )
    return exists(started.correlate(former))


def _has_open_runs() -> ColumnElement[bool]:
    former = WorkflowFormerAccount
    runs = select(WorkflowRun.id).where(
        WorkflowRun.workflow_id == former.workflow_id,
        WorkflowRun.account_id == former.account_id,
        WorkflowRun.state.in_(OPEN),
    )
    return exists(runs.correlate(former))
