"""Workflows that others name, in steps and QR Codes: only those that a member may know can be chosen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from sqlalchemy import ColumnElement, and_, or_, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import Text, _l
from app.team.actors import Actor
from app.workflows.definition.graph import Graph, Node
from app.workflows.models import Workflow, WorkflowStatus
from app.workflows.queries.workflows import visible_to

HIDDEN = _l("A workflow of accounts that you do not see")
# The settings of steps that hold a workflow.
SETTINGS = ("workflow", "from_workflow")


def workflow_choices(actor: Actor, chosen: int | None, *only: ColumnElement[bool]) -> Sequence[tuple[int, Text]]:
    """Return ids and names of workflows that the actor may know, without archived ones.

    The chosen one is among them whatever it is, without its name where the actor may not know it.
    """
    is_seen = visible_to(actor)
    is_offered = and_(is_seen, Workflow.status != WorkflowStatus.ARCHIVED, *only)
    query = select(Workflow.id, Workflow.name, is_seen.label("is_seen")).where(
        or_(Workflow.id == (chosen or 0), is_offered)
    )
    found = db.session.execute(query.order_by(Workflow.name, Workflow.id))
    return [(row.id, row.name if row.is_seen else HIDDEN) for row in found]


def require_known(before: Graph, after: Graph, actor: Actor) -> None:
    """Raise NotFound for a workflow that the actor may not know, unless a step named one before."""
    new = {one for node in after.nodes for one in _named(node)} - {one for node in before.nodes for one in _named(node)}
    if new - known_to(actor, new):
        raise NotFound


def known_part(graph: Graph, actor: Actor) -> Graph:
    """Return the graph without the workflows in its steps that the actor may not know."""
    known = known_to(actor, {one for node in graph.nodes for one in _named(node)})
    return replace(graph, nodes=tuple(node if _named(node) <= known else _without(node) for node in graph.nodes))


def known_to(actor: Actor, ids: set[int]) -> set[int]:
    """Return those of these workflows that the actor may know, and those that are there no more."""
    if not ids:
        return set()
    hidden = select(Workflow.id).where(Workflow.id.in_(ids), ~visible_to(actor))
    return ids - set(db.session.scalars(hidden))


def names_for(actor: Actor, ids: Collection[int] | None = None) -> dict[int, Text]:
    """Return the names of these workflows, or of all, by id, as the actor may know them."""
    query = select(Workflow.id, Workflow.name, visible_to(actor).label("is_seen"))
    query = query if ids is None else query.where(Workflow.id.in_(ids))
    return {row.id: row.name if row.is_seen else HIDDEN for row in db.session.execute(query)}


def _named(node: Node) -> set[int]:
    return {one for name in SETTINGS if isinstance(one := node.settings.get(name), int)}


def _without(node: Node) -> Node:
    return replace(node, settings={name: one for name, one in node.settings.items() if name not in SETTINGS})
