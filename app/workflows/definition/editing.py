"""Changes of a graph while it is edited. Each returns the graph afterwards, or refuses with a sentence (Conflict)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from secrets import token_hex
from typing import Any

from app.core.errors import Conflict
from app.core.i18n import _l
from app.workflows.definition.graph import ERROR, MOST_NODES, NEXT, Graph, Node
from app.workflows.definition.kinds import ACTIONS, TRIGGERS, exits_of, kind_of, triggers_of
from app.workflows.definition.structure import following, leading_to, would_loop

GONE = _l("This step is not there any more. Another member may have deleted it.")
FULL = _l("A workflow has at most %(most)s steps.", most=MOST_NODES)
WOULD_LOOP = _l("This would lead back to the same step, so that the workflow never ended. Choose a later step.")
NO_MOVE = _l("This step cannot be moved there.")


def main_exit(node: Node) -> str | None:
    """Return the exit by which the flow goes on below the node; None where it ends."""
    return next((one.name for one in exits_of(node) if one.name != ERROR), None)


def exit_names(node: Node) -> set[str]:
    """Return the names of the node's exits."""
    return {one.name for one in exits_of(node)}


def with_trigger(graph: Graph, kind: str, settings: Mapping[str, Any]) -> tuple[Graph, Node]:
    """Add a trigger; it leads to where the first of the others does."""
    if kind not in TRIGGERS:
        raise Conflict(GONE)
    target = next((one.exits[NEXT] for one in triggers_of(graph) if NEXT in one.exits), None)
    return _with_new(graph, kind, settings, target)


def with_action(graph: Graph, kind: str, settings: Mapping[str, Any], after: str, exit_name: str) -> tuple[Graph, Node]:
    """Add an action at an exit of a node; what was there follows the new node."""
    if kind not in ACTIONS:
        raise Conflict(GONE)
    before = _node(graph, after)
    if exit_name not in exit_names(before):
        raise Conflict(GONE)
    changed, node = _with_new(graph, kind, settings, before.exits.get(exit_name))
    return _replaced(changed, _leading(before, exit_name, node.id)), node


def with_settings(graph: Graph, node_id: str, settings: Mapping[str, Any]) -> Graph:
    """Change what a node does; exits that it has no longer lead nowhere."""
    changed = replace(_node(graph, node_id), settings=dict(settings))
    if kind_of(changed) is not None:
        names = exit_names(changed)
        changed = replace(changed, exits={name: to for name, to in changed.exits.items() if name in names})
    return _replaced(graph, changed)


def without(graph: Graph, node_id: str) -> Graph:
    """Remove one node; what led to it leads to what followed it."""
    node = _node(graph, node_id)
    target = node.exits.get(main_exit(node) or "")
    return _rewired(graph, {node_id}, lambda to: target if to == node_id else to)


def without_following(graph: Graph, node_id: str) -> Graph:
    """Remove a node and all that only it leads to."""
    gone = only_after(graph, node_id)
    return _rewired(graph, gone, lambda to: None if to in gone else to)


def only_after(graph: Graph, node_id: str) -> set[str]:
    """Return the ids of a node and of what would not be reached without it."""
    after = following(graph, [_node(graph, node_id).id])
    rest = _rewired(graph, {node_id}, lambda to: None if to == node_id else to)
    return after - following(rest, [one.id for one in graph.nodes if one.id not in after])


def connected_to(graph: Graph, node_id: str, exit_name: str, target_id: str) -> Graph:
    """Let an exit lead to another node that is there; refuses a way back."""
    node, target = _node(graph, node_id), _node(graph, target_id)
    if exit_name not in exit_names(node) or target.kind in TRIGGERS:
        raise Conflict(GONE)
    if would_loop(graph, node.id, target.id):
        raise Conflict(WOULD_LOOP)
    return _replaced(graph, _leading(node, exit_name, target.id))


def disconnected(graph: Graph, node_id: str, exit_name: str) -> Graph:
    """Let an exit lead nowhere."""
    return _replaced(graph, _leading(_node(graph, node_id), exit_name, None))


def may_follow(graph: Graph, node: Node) -> list[Node]:
    """Return the nodes to which an exit of the node may lead."""
    back = leading_to(graph, node.id)
    return [one for one in graph.nodes if one.kind not in TRIGGERS and one.id not in back]


def moved(graph: Graph, node_id: str, *, up: bool) -> Graph:
    """Swap a node with the one above or below it."""
    node = _node(graph, node_id)
    other = above(graph, node) if up else below(graph, node)
    if other is None:
        raise Conflict(NO_MOVE)
    upper, lower = (other, node) if up else (node, other)
    upper_exit, lower_exit = main_exit(upper) or "", main_exit(lower) or ""
    rest = lower.exits.get(lower_exit)
    changed = _rewired(graph, set(), lambda to: lower.id if to == upper.id else to)
    changed = _replaced(changed, _leading(upper, upper_exit, rest))
    return _replaced(changed, _leading(lower, lower_exit, upper.id))


def above(graph: Graph, node: Node) -> Node | None:
    """Return the action right above the node, with which it can be swapped."""
    before = graph.before(node.id)
    if len(before) != 1 or before[0].kind not in ACTIONS or main_exit(node) is None:
        return None
    is_next = before[0].exits.get(main_exit(before[0]) or "") == node.id
    return before[0] if is_next and list(before[0].exits.values()).count(node.id) == 1 else None


def below(graph: Graph, node: Node) -> Node | None:
    """Return the action right below the node, with which it can be swapped."""
    after = graph.node(node.exits.get(main_exit(node) or ""))
    other = above(graph, after) if after else None
    return after if other is not None and other.id == node.id else None


def _node(graph: Graph, node_id: str) -> Node:
    found = graph.node(node_id)
    if found is None:
        raise Conflict(GONE)
    return found


def _with_new(graph: Graph, kind: str, settings: Mapping[str, Any], target: str | None) -> tuple[Graph, Node]:
    if len(graph.nodes) >= MOST_NODES:
        raise Conflict(FULL)
    # An id is never used again: runs and counts of earlier versions name it.
    node = Node(f"n{token_hex(4)}", kind, dict(settings))
    name = main_exit(node)
    node = _leading(node, name, target) if name and target else node
    return replace(graph, nodes=(*graph.nodes, node)), node


def _leading(node: Node, exit_name: str, target: str | None) -> Node:
    exits = {name: to for name, to in node.exits.items() if name != exit_name}
    return replace(node, exits={**exits, exit_name: target} if target else exits)


def _replaced(graph: Graph, node: Node) -> Graph:
    return replace(graph, nodes=tuple(node if one.id == node.id else one for one in graph.nodes))


def _rewired(graph: Graph, gone: set[str], target: Callable[[str], str | None]) -> Graph:
    """Return the graph without some nodes, whose exits lead to where `target` says."""
    return replace(graph, nodes=tuple(_turned(one, target) for one in graph.nodes if one.id not in gone))


def _turned(node: Node, target: Callable[[str], str | None]) -> Node:
    exits: Iterable[tuple[str, str | None]] = ((name, target(to)) for name, to in node.exits.items())
    return replace(node, exits={name: to for name, to in exits if to})
