"""Find templates of the team that an actor may see, and imports of theirs."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, select, true

from app.core.db import db
from app.core.errors import NotFound
from app.team.actors import Actor
from app.workflows.templates.models import WorkflowTemplate


def get_template(template_id: int, actor: Actor) -> WorkflowTemplate:
    """Return a template of the team, or an import of the actor's; raises NotFound."""
    query = select(WorkflowTemplate).where(WorkflowTemplate.id == template_id, _is_seen(actor))
    found = db.session.scalars(query).one_or_none()
    if found is None or (found.is_import and found.member_id != actor.member_id):
        raise NotFound
    return found


def team_templates(actor: Actor) -> Sequence[WorkflowTemplate]:
    """Return the templates of the team, by name."""
    query = select(WorkflowTemplate).where(~WorkflowTemplate.is_import, _is_seen(actor))
    return db.session.scalars(query.order_by(WorkflowTemplate.name, WorkflowTemplate.id)).all()


def _is_seen(actor: Actor) -> ColumnElement[bool]:
    if actor.accounts is None:
        return true()
    is_seen: ColumnElement[bool] = WorkflowTemplate.account_ids.contained_by(list(actor.accounts))
    return is_seen
