"""Workflows and their questions as conditions name them: those that answer for an account."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, case, func, or_, select

from app.core.db import db
from app.team.actors import Actor
from app.workflows.models import Workflow, WorkflowAccount, WorkflowQuestion, WorkflowVersion
from app.workflows.queries.choices import HIDDEN
from app.workflows.queries.workflows import visible_to

MOST_OFFERED = 50
# A workflow's id, and its name as the reader may know it.
Named = tuple[int, str]


def workflows_like(account_id: int, typed: str, keep: Collection[int], actor: Actor) -> Sequence[Named]:
    """Return the account's workflows that the actor may know and whose name holds the text, by name.

    Those to keep come first.
    """
    query = _names(actor).where(Workflow.id.in_(_ids_of(account_id)), Workflow.id.not_in(keep), visible_to(actor))
    if typed:
        query = query.where(func.strpos(func.search_fold(Workflow.name), func.search_fold(typed)) > 0)
    return [*workflows_by_id(account_id, keep, actor), *_told(query.limit(MOST_OFFERED))]


def workflows_by_id(account_id: int, ids: Collection[int], actor: Actor) -> Sequence[Named]:
    """Return those of these workflows that answer for the account, or once did."""
    if not ids:
        return []
    versions = select(WorkflowVersion.workflow_id).where(
        WorkflowVersion.workflow_id.in_(ids), WorkflowVersion.graph["accounts"].contains([account_id])
    )
    is_mine = or_(Workflow.id.in_(_ids_of(account_id)), Workflow.id.in_(versions))
    return _told(_names(actor).where(is_mine, Workflow.id.in_(ids)))


def questions_of(account_id: int, actor: Actor) -> Sequence[Row[Any]]:
    """Return the questions of the account's workflows with the workflow's name: workflow_id, workflow, name, kind and
    choices. The name is None where the actor may not know it."""
    asked = WorkflowQuestion
    name = case((visible_to(actor), Workflow.name)).label("workflow")
    columns = (asked.workflow_id, name, asked.name, asked.kind, asked.choices)
    query = select(*columns).join(Workflow, Workflow.id == asked.workflow_id)
    return db.session.execute(
        query.where(asked.workflow_id.in_(_ids_of(account_id))).order_by(Workflow.name, asked.workflow_id, asked.name)
    ).all()


def _names(actor: Actor) -> Select[Any]:
    is_seen = visible_to(actor).label("is_seen")
    columns: tuple[Any, ...] = (Workflow.id, Workflow.name, is_seen)
    return select(*columns).order_by(Workflow.name, Workflow.id)


def _told(query: Select[Any]) -> list[Named]:
    return [(row.id, str(row.name if row.is_seen else HIDDEN)) for row in db.session.execute(query)]


def _ids_of(account_id: int) -> Select[Any]:
    return select(WorkflowAccount.workflow_id).where(WorkflowAccount.account_id == account_id)
