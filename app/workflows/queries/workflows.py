"""Find workflows that an actor may see: those of which every account is theirs.

The accounts of a workflow are those of its latest version, of its working copy, and former ones that it still works
for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlalchemy import ColumnElement, Subquery, exists, func, select, true, union_all

from app.core.db import db
from app.core.errors import NotFound
from app.line.models import Account
from app.team.actors import Actor
from app.workflows.definition.graph import Graph, read_graph
from app.workflows.models import (
    OPEN,
    Workflow,
    WorkflowAccount,
    WorkflowDraft,
    WorkflowFormerAccount,
    WorkflowRun,
    WorkflowVersion,
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """Return the condition of workflows that the actor may know; one without accounts is for all."""
    if actor.accounts is None:
        return true()
    all_of_them = _all_accounts()
    others = select(all_of_them.c.workflow_id).where(
        all_of_them.c.workflow_id == Workflow.id, all_of_them.c.account_id.not_in(actor.accounts)
    )
    return ~exists(others.correlate(Workflow))


def _all_accounts() -> Subquery:
    """Return workflow_id and account_id of all accounts of workflows."""
    is_named = WorkflowDraft.graph["accounts"].contains(func.to_jsonb(Account.id))
    return union_all(
        select(WorkflowAccount.workflow_id, WorkflowAccount.account_id),
        select(WorkflowFormerAccount.workflow_id, WorkflowFormerAccount.account_id),
        select(WorkflowDraft.workflow_id, Account.id.label("account_id")).join(Account, is_named),
    ).subquery("all_accounts")


def get_workflow(workflow_id: int, actor: Actor, *, lock: bool = False) -> Workflow:
    """Return the workflow; raises NotFound for one that is not there or is not for this actor."""
    query = select(Workflow).where(Workflow.id == workflow_id, visible_to(actor))
    if lock:
        # A statement of its own, so that the accounts are looked at as they are once the row is locked.
        db.session.execute(select(Workflow.id).where(Workflow.id == workflow_id).with_for_update(key_share=True))
        query = query.execution_options(populate_existing=True)
    found = db.session.scalars(query).one_or_none()
    if found is None:
        raise NotFound
    return found


def get_version(workflow: Workflow, number: int | None = None) -> WorkflowVersion:
    """Return a version, the latest one without a number; raises NotFound."""
    found = find_version(workflow, workflow.latest_version if number is None else number)
    if found is None:
        raise NotFound
    return found


def find_version(workflow: Workflow, number: int) -> WorkflowVersion | None:
    """Return a version; None where there is no such one."""
    query = select(WorkflowVersion).where(WorkflowVersion.workflow_id == workflow.id, WorkflowVersion.number == number)
    return db.session.scalars(query).one_or_none()


def version_of(workflow_id: int) -> WorkflowVersion | None:
    """Return the version that was saved last; None where there is no such workflow."""
    query = (
        select(WorkflowVersion)
        .join(Workflow, Workflow.id == WorkflowVersion.workflow_id)
        .where(Workflow.id == workflow_id, WorkflowVersion.number == Workflow.latest_version)
    )
    return db.session.scalars(query).one_or_none()


def accounts_of(workflow_ids: Collection[int]) -> Mapping[int, list[int]]:
    """Return the ids of all accounts of each workflow: those who may see them all may know it."""
    found: dict[int, list[int]] = {one: [] for one in workflow_ids}
    all_of_them = _all_accounts()
    query = select(all_of_them).where(all_of_them.c.workflow_id.in_(workflow_ids)).distinct()
    for row in db.session.execute(query.order_by(all_of_them.c.account_id)):
        found[row.workflow_id].append(row.account_id)
    return found


def open_runs(workflow_id: int) -> int:
    """Return how many runs of a workflow have not ended."""
    query = select(func.count()).where(WorkflowRun.workflow_id == workflow_id, WorkflowRun.state.in_(OPEN))
    return db.session.scalars(query).one()


def latest_graph(workflow: Workflow) -> Graph:
    """Return the graph that was saved last."""
    return read_graph(get_version(workflow).graph)
