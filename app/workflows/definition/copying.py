"""Copies of steps, which are pasted at another place of the same graph or of another one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from secrets import token_hex

from app.core.errors import Conflict
from app.workflows.definition.editing import FULL, GONE, NO_MOVE, exit_names, main_exit, only_after
from app.workflows.definition.graph import MOST_NODES, NEXT, Graph, Node
from app.workflows.definition.kinds import TRIGGERS, triggers_of


def copied(graph: Graph, node_id: str, *, with_following: bool) -> list[Node]:
    """Return a node first, and with it all that only it leads to, connected among themselves."""
    node = graph.node(node_id)
    if node is None:
        raise Conflict(GONE)
    taken = only_after(graph, node_id) if with_following else {node_id}
    nodes = [node, *(one for one in graph.nodes if one.id in taken and one.id != node_id)]
    return [replace(one, exits={name: to for name, to in one.exits.items() if to in taken}) for one in nodes]


def with_pasted(graph: Graph, nodes: Sequence[Node], after: str, exit_name: str) -> tuple[Graph, Node]:
    """Add copies of nodes at an exit, or for a trigger below the Start node; what was there follows them."""
    if not nodes or (nodes[0].kind in TRIGGERS) != (after == ""):
        raise Conflict(NO_MOVE)
    if len(graph.nodes) + len(nodes) > MOST_NODES:
        raise Conflict(FULL)
    names = {one.id: f"n{token_hex(4)}" for one in nodes}
    fresh = [replace(one, id=names[one.id], exits=_renamed(one, names)) for one in nodes]
    head = fresh[0]
    before = graph.node(after)
    if after and (before is None or exit_name not in exit_names(before)):
        raise Conflict(GONE)
    target = before.exits.get(exit_name) if before else _entered(graph)
    fresh = _ending(fresh, target)
    changed = [_leading(one, exit_name, head.id) if one.id == after else one for one in graph.nodes]
    return replace(graph, nodes=(*changed, *fresh)), head


def duplicated(graph: Graph, node_id: str) -> tuple[Graph, Node]:
    """Add a copy of a node right below it; of a trigger beside it."""
    nodes = copied(graph, node_id, with_following=False)
    if nodes[0].kind in TRIGGERS:
        twin = replace(graph.by_id[node_id], id=f"n{token_hex(4)}")
        return replace(graph, nodes=(*graph.nodes, twin)), twin
    exit_name = main_exit(nodes[0])
    if exit_name is None:
        raise Conflict(NO_MOVE)
    return with_pasted(graph, nodes, node_id, exit_name)


def _entered(graph: Graph) -> str | None:
    return next((one.exits[NEXT] for one in triggers_of(graph) if NEXT in one.exits), None)


def _renamed(node: Node, names: dict[str, str]) -> dict[str, str]:
    return {name: names[to] for name, to in node.exits.items() if to in names}


def _ending(nodes: list[Node], target: str | None) -> list[Node]:
    """Let the last node of the main way lead to `target`."""
    by_id = {one.id: one for one in nodes}
    last = nodes[0]
    while following := by_id.get(last.exits.get(main_exit(last) or "", "")):
        last = following
    name = main_exit(last)
    if target is None or name is None:
        return nodes
    return [_leading(one, name, target) if one is last else one for one in nodes]


def _leading(node: Node, exit_name: str, target: str) -> Node:
    return replace(node, exits={**node.exits, exit_name: target})
