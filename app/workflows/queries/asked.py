"""Workflows and their questions as conditions name them: those that answer for an account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, or_, select

from app.core.db import db
from app.workflows.models import Workflow, WorkflowAccount, WorkflowQuestion, WorkflowVersion

MOST_OFFERED = 50


def workflows_like(account_id: int, typed: str, keep: Collection[int]) -> Sequence[Workflow]:
    """Return the account's workflows whose name holds the text, by name; those to keep come first."""
    query = _of(account_id).where(Workflow.id.not_in(keep))
    if typed:
        query = query.where(func.strpos(func.search_fold(Workflow.name), func.search_fold(typed)) > 0)
    return [*workflows_by_id(account_id, keep), *db.session.scalars(query.limit(MOST_OFFERED))]


def workflows_by_id(account_id: int, ids: Collection[int]) -> Sequence[Workflow]:
    """Return those of these workflows that answer for the account, or once did."""
    if not ids:
        return []
    versions = select(WorkflowVersion.workflow_id).where(
        WorkflowVersion.workflow_id.in_(ids), WorkflowVersion.graph["accounts"].contains([account_id])
    )
    query = select(Workflow).where(or_(Workflow.id.in_(_ids_of(account_id)), Workflow.id.in_(versions)))
    return db.session.scalars(query.where(Workflow.id.in_(ids)).order_by(Workflow.name, Workflow.id)).all()


def questions_of(account_id: int) -> Sequence[Row[Any]]:
    """Return the questions of the account's workflows with the workflow's name: workflow_id, workflow, name, kind and
    choices."""
    asked = WorkflowQuestion
    columns = (asked.workflow_id, Workflow.name.label("workflow"), asked.name, asked.kind, asked.choices)
    query = select(*columns).join(Workflow, Workflow.id == asked.workflow_id)
    return db.session.execute(
        query.where(asked.workflow_id.in_(_ids_of(account_id))).order_by(Workflow.name, asked.workflow_id, asked.name)
    ).all()


def _of(account_id: int) -> Select[Any]:
    return select(Workflow).where(Workflow.id.in_(_ids_of(account_id))).order_by(Workflow.name, Workflow.id)


def _ids_of(account_id: int) -> Select[Any]:
    return select(WorkflowAccount.workflow_id).where(WorkflowAccount.account_id == account_id)
