"""Workflows that others name, in steps and QR Codes: only those that a member may know can be chosen."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, and_, cast, exists, func, or_, select
from sqlalchemy.dialects.postgresql import JSONPATH

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import Text, _, _l
from app.line.models import Account
from app.team.actors import Actor
from app.workflows.definition.graph import Graph, Node
from app.workflows.models import Workflow, WorkflowAccount, WorkflowFolder, WorkflowStatus, WorkflowVersion
from app.workflows.queries.workflows import visible_to
from app.workflows.words import STATUSES

HIDDEN = _l("A workflow of accounts that you do not see")
# The settings of steps that hold a workflow.
SETTINGS = ("workflow", "from_workflow")


def workflow_choices(actor: Actor, chosen: int | None, *only: ColumnElement[bool]) -> Sequence[tuple[int, Text]]:
    """Return ids and names of workflows that the actor may know, without archived ones.

    The chosen one is among them whatever it is, without its name where the actor may not know it. The status stands
    behind the name unless it is active, and behind equal names also accounts and folder.
    """
    is_seen = visible_to(actor)
    is_offered = and_(is_seen, Workflow.status != WorkflowStatus.ARCHIVED, *only)
    columns = (Workflow.id, Workflow.name, Workflow.status, func.same_look(Workflow.name).label("look"))
    query = (
        select(*columns, is_seen.label("is_seen"), WorkflowFolder.name.label("folder"))
        .outerjoin(WorkflowFolder, WorkflowFolder.id == Workflow.folder_id)
        .where(or_(Workflow.id == (chosen or 0), is_offered))
    )
    return list(_labelled(db.session.execute(query.order_by(Workflow.name, Workflow.id)).all()))


def _labelled(rows: Sequence[Any]) -> Iterator[tuple[int, Text]]:
    looks = Counter(row.look for row in rows if row.is_seen)
    accounts = _names_of_accounts([row.id for row in rows if looks[row.look] > 1])
    plain = {row.id: _label(row, accounts.get(row.id, ())) for row in rows if row.is_seen}
    equal = Counter(plain.values())
    for row in rows:
        label = plain.get(row.id, HIDDEN)
        # Equal in everything that has a name: the number tells them apart, which stands in the address of its page.
        yield row.id, _("%(name)s, No. %(number)s", name=label, number=row.id) if equal[label] > 1 else label


def _label(row: Any, accounts: Iterable[str]) -> Text:
    """Return a name with what tells it from others behind it; `accounts` are those of equal names alone."""
    status = [] if row.status == WorkflowStatus.ACTIVE else [str(STATUSES[row.status])]
    about = [*status, *accounts, *([row.folder] if accounts and row.folder else [])]
    return _("%(name)s (%(about)s)", name=row.name, about=" · ".join(about)) if about else row.name


def _names_of_accounts(ids: Collection[int]) -> dict[int, list[str]]:
    query = (
        select(WorkflowAccount.workflow_id, Account.name)
        .join(Account, Account.id == WorkflowAccount.account_id)
        .where(WorkflowAccount.workflow_id.in_(ids))
        .order_by(Account.name)
    )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for workflow_id, name in db.session.execute(query) if ids else ():
        found[workflow_id].append(name)
    return found


def has_step(*kinds: str, leads_on: bool = False) -> ColumnElement[bool]:
    """Return the condition that the latest or the active version has a step of these kinds, that leads to another."""
    named = " || ".join(f'@.kind == "{kind}"' for kind in kinds)
    path = f"$.nodes[*] ? (({named}){' && exists(@.exits.next)' if leads_on else ''})"
    is_mine = WorkflowVersion.workflow_id == Workflow.id
    has_it = func.jsonb_path_exists(WorkflowVersion.graph, cast(path, JSONPATH))
    return exists(select(WorkflowVersion.id).where(is_mine, is_current(), has_it).correlate(Workflow))


def is_current() -> ColumnElement[bool]:
    """Return the condition that a version is the latest of its workflow, or the one that answers."""
    answers = and_(WorkflowVersion.number == Workflow.active_version, Workflow.status == WorkflowStatus.ACTIVE)
    return or_(WorkflowVersion.number == Workflow.latest_version, answers)


def answers_for(account_ids: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a workflow answers for one of these accounts."""
    return Workflow.id.in_(select(WorkflowAccount.workflow_id).where(WorkflowAccount.account_id.in_(account_ids)))


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
