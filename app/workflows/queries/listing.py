"""Workflows as their list shows them: with accounts, and what came of their runs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db
from app.core.pages import Order, Page, PagePosition
from app.folders.queries import FolderScope, filed_page
from app.line.models import Account
from app.team.queries import names_of
from app.workflows.models import Workflow, WorkflowAccount, WorkflowDay, WorkflowDraft, WorkflowStatus
from app.workflows.queries.kind import WORKFLOWS


@dataclass(frozen=True)
class RunFigures:
    """How many runs began, and how many ended well or badly, since the workflow was made."""

    started: int = 0
    succeeded: int = 0
    failed: int = 0


@dataclass(frozen=True)
class WorkflowLine:
    """A workflow with what its row in the list says."""

    workflow: Workflow
    accounts: Sequence[Account]
    figures: RunFigures
    changed_by: str | None
    # Whether it has changes that were not saved.
    is_unsaved: bool


def workflows_page(scope: FolderScope, order: Order, place: PagePosition) -> Page[Workflow]:
    """Return a page of these workflows; raises InvalidInput for an invented key."""
    return filed_page(WORKFLOWS, scope, order, columns=[_total(one) for one in _FIGURES], **place.keys)


def narrowing(status: str | None, account_id: int | None) -> Sequence[ColumnElement[bool]]:
    """Return the conditions of the list's filters: of this status, and for this account."""
    conditions: list[ColumnElement[bool]] = []
    if status and status != WorkflowStatus.ARCHIVED:
        conditions.append(Workflow.status == status)
    if account_id:
        answers = select(WorkflowAccount.workflow_id).where(
            WorkflowAccount.workflow_id == Workflow.id, WorkflowAccount.account_id == account_id
        )
        conditions.append(exists(answers))
    return conditions


def lines_of(workflows: Sequence[Workflow]) -> list[WorkflowLine]:
    """Return a line for each."""
    ids = [one.id for one in workflows]
    accounts, figures = accounts_of(ids), figures_of(ids)
    members = names_of([one.updated_by for one in workflows])
    drafts = select(WorkflowDraft.workflow_id).where(WorkflowDraft.workflow_id.in_(ids))
    unsaved = set(db.session.scalars(drafts))
    return [
        WorkflowLine(one, accounts[one.id], figures[one.id], members.get(one.updated_by or 0), one.id in unsaved)
        for one in workflows
    ]


def accounts_of(workflow_ids: Collection[int]) -> Mapping[int, Sequence[Account]]:
    """Return the accounts that each of these workflows answers for, by name."""
    query = select(WorkflowAccount.workflow_id, Account).join(Account, Account.id == WorkflowAccount.account_id)
    found: defaultdict[int, list[Account]] = defaultdict(list)
    for workflow_id, account in db.session.execute(
        query.where(WorkflowAccount.workflow_id.in_(workflow_ids)).order_by(Account.name, Account.id)
    ):
        found[workflow_id].append(account)
    return {workflow_id: found[workflow_id] for workflow_id in workflow_ids}


def figures_of(workflow_ids: Collection[int]) -> Mapping[int, RunFigures]:
    """Return what came of the runs of each, also of those that have been pruned."""
    sums = [func.coalesce(func.sum(one), 0) for one in _FIGURES]
    query = select(WorkflowDay.workflow_id, *sums).where(WorkflowDay.workflow_id.in_(workflow_ids))
    rows = db.session.execute(query.group_by(WorkflowDay.workflow_id))
    found = {row[0]: RunFigures(*map(int, row[1:])) for row in rows}
    return {workflow_id: found.get(workflow_id, RunFigures()) for workflow_id in workflow_ids}


_FIGURES = (WorkflowDay.started, WorkflowDay.succeeded, WorkflowDay.failed)


def _total(figure: InstrumentedAttribute[int]) -> ColumnElement[int]:
    total = select(func.coalesce(func.sum(figure), 0)).where(WorkflowDay.workflow_id == Workflow.id)
    return total.correlate(Workflow).scalar_subquery().label(figure.key)
