"""Steps that only some of the members who edit workflows may set up, such as those that send friends' data away.

All who edit the workflow see them, may move and delete them; what is set in them stays as it is.
"""

from __future__ import annotations

from dataclasses import replace

from app.core.errors import NotAllowed
from app.core.i18n import _
from app.team.actors import Actor
from app.team.permissions import LABELS, Permission
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import NodeKind, kind_of


def may_set_up(kind: NodeKind | None, actor: Actor) -> bool:
    """Return whether the actor may add steps of this kind, and change what is set in them."""
    return kind is None or kind.permission is None or actor.may(kind.permission)


def why_locked(kind: NodeKind | None, actor: Actor) -> str:
    """Return why the actor cannot set up steps of this kind; "" where they can."""
    if kind is None or kind.permission is None or may_set_up(kind, actor):
        return ""
    if kind.permission != Permission.EXPORT:
        return _(
            "Only members with the permission “%(permission)s” can set up this step.",
            permission=LABELS[kind.permission],
        )
    return _(
        "This step sends friends’ data to another system. Only members with the permission “%(permission)s” can set it"
        " up.",
        permission=LABELS[kind.permission],
    )


def require_allowed(before: Graph, after: Graph, actor: Actor) -> None:
    """Raise NotAllowed for a step that was added or changed and that the actor may not set up."""
    for node in after.nodes:
        if not _is_as_before(before.node(node.id), node) and (reason := why_locked(kind_of(node), actor)):
            raise NotAllowed(reason)


def allowed_part(graph: Graph, actor: Actor) -> Graph:
    """Return the graph, with nothing set in the steps that the actor may not set up."""
    return replace(graph, nodes=tuple(_allowed(one, actor) for one in graph.nodes))


def _is_as_before(before: Node | None, node: Node) -> bool:
    return before is not None and before.kind == node.kind and dict(before.settings) == dict(node.settings)


def _allowed(node: Node, actor: Actor) -> Node:
    return node if may_set_up(kind_of(node), actor) else replace(node, settings={})
