"""Runs of workflows on the timeline of a friend, read from the runs themselves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select

from app.core.characters import isolated
from app.core.db import db
from app.core.i18n import _
from app.friends.linked_pages import LinkedPage
from app.friends.timeline import Line
from app.friends.timeline_sources import TimelineEntry, TimelinePosition, TimelineSource, register
from app.team.permissions import Permission
from app.workflows.history.words import STATES
from app.workflows.models import Workflow, WorkflowRun

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
    return [TimelineEntry(NAME, row.id, row.started_at, _line(row)) for row in rows]


def _line(row: Any) -> Line:
    page = {"workflow_id": row.workflow_id, "run_id": row.id}
    place = LinkedPage("workflow_runs.show", page, (Permission.WORKFLOWS,), is_of_account=False)
    return Line("sitemap", _("Entered a workflow"), f"{isolated(row.name)} · {STATES[row.state]}", place=place)


register(TimelineSource(NAME, _page, _newer, _latest))
