"""Runs of workflows on the timeline of a friend, and which workflow sent a message that the friend opened.

Both lead to pages of the workflow, for members who may see all its accounts.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select

from app.core.characters import isolated
from app.core.db import db
from app.core.i18n import _
from app.core.identifiers import row_number
from app.friends.linked_pages import LinkedPage
from app.friends.timeline import Line
from app.friends.timeline_sources import TimelineEntry, TimelinePosition, TimelineSource, register
from app.messages.sending.causes import CauseKind
from app.messages.tracking.sources import SOURCES, SendSource
from app.team.permissions import Permission
from app.workflows.history.words import STATES
from app.workflows.models import Workflow, WorkflowRun
from app.workflows.queries.choices import HIDDEN
from app.workflows.queries.workflows import accounts_of

NAME = "workflow_runs"
_AT, _ID = WorkflowRun.started_at.expression, WorkflowRun.id.expression


def _page(friend_id: int, place: TimelinePosition | None, limit: int) -> Sequence[TimelineEntry]:
    query = _mine(friend_id)
    return _entries(query if place is None else query.where(place.older(NAME, _AT, _ID)), limit)


def _newer(friend_id: int, number: int, limit: int) -> Sequence[TimelineEntry]:
    return _entries(_mine(friend_id).where(WorkflowRun.id > number), limit)


def _latest(friend_id: int) -> int:
    return db.session.scalar(select(func.max(WorkflowRun.id)).where(WorkflowRun.friend_id == friend_id)) or 0


def _mine(friend_id: int) -> Select[Any]:
    columns: tuple[Any, ...] = (_ID, WorkflowRun.workflow_id, WorkflowRun.state, _AT, Workflow.name)
    joined = select(*columns).join(Workflow, Workflow.id == WorkflowRun.workflow_id)
    return joined.where(WorkflowRun.friend_id == friend_id)


def _entries(query: Select[Any], limit: int) -> Sequence[TimelineEntry]:
    rows = db.session.execute(query.order_by(_AT.desc(), _ID.desc()).limit(limit)).all()
    accounts = accounts_of({row.workflow_id for row in rows})
    return [TimelineEntry(NAME, row.id, row.started_at, _line(row, accounts[row.workflow_id])) for row in rows]


def _line(row: Any, account_ids: Sequence[int]) -> Line:
    place = _place("workflow_runs.show", account_ids, workflow_id=row.workflow_id, run_id=row.id)
    return Line("sitemap", _("Entered a workflow"), f"{isolated(row.name)} · {STATES[row.state]}", place=place)


def _place(endpoint: str, account_ids: Sequence[int], **page: int) -> LinkedPage:
    return LinkedPage(
        endpoint, page, (Permission.WORKFLOWS,), is_of_account=False, account_ids=account_ids, hidden=HIDDEN
    )


def source_of(cause_id: str) -> SendSource | None:
    """Return name and page of the workflow that sent a message; None where it is gone."""
    number = row_number(cause_id.partition(":")[0])
    workflow = db.session.get(Workflow, number) if number else None
    if workflow is None:
        return None
    accounts = accounts_of([workflow.id])
    return SendSource(workflow.name, _place("workflows.show", accounts[workflow.id], workflow_id=workflow.id))


SOURCES.add(CauseKind.WORKFLOW.value, source_of)
register(TimelineSource(NAME, _page, _newer, _latest))
