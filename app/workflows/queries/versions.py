"""Find versions of a workflow whose accounts an actor may all see."""

from __future__ import annotations

from sqlalchemy import ColumnElement, cast, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import defer

from app.core.errors import NotFound
from app.core.pages import Page, PagePosition, newest_first
from app.team.actors import Actor
from app.workflows.models import Workflow, WorkflowVersion
from app.workflows.queries.workflows import get_version


def versions_page(workflow: Workflow, actor: Actor, place: PagePosition) -> Page[WorkflowVersion]:
    """Return a page of the versions, without their graphs."""
    query = select(WorkflowVersion).where(WorkflowVersion.workflow_id == workflow.id, _known_to(actor))
    return newest_first(query.options(defer(WorkflowVersion.graph)), WorkflowVersion.saved_at, **place.keys)


def version_for(workflow: Workflow, number: int, actor: Actor) -> WorkflowVersion:
    """Return a version; raises NotFound for one that answered for an account which is not the actor's."""
    version = get_version(workflow, number)
    if not all(actor.may_see_account(one) for one in version.graph.get("accounts", ())):
        raise NotFound
    return version


def _known_to(actor: Actor) -> ColumnElement[bool]:
    if actor.accounts is None:
        return true()
    known: ColumnElement[bool] = WorkflowVersion.graph["accounts"].contained_by(cast(sorted(actor.accounts), JSONB))
    return known
