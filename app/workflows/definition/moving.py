"""Move a step to another branch, alone or with all that only it leads to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from app.core.errors import Conflict
from app.workflows.definition.editing import GONE, NO_MOVE, WOULD_LOOP, exit_names, main_exit, only_after
from app.workflows.definition.graph import ERROR, Graph, Node
from app.workflows.definition.kinds import TRIGGERS, Exit, exits_of
from app.workflows.definition.structure import following


def moved_to(graph: Graph, node_id: str, after: str, exit_name: str, *, with_following: bool) -> Graph:
    """Put a step at an exit of another one, between it and what was there; the place it leaves is closed."""
    taken_out = _taken_out(graph, node_id, with_following=with_following)
    source = graph.node(after)
    if source is None or exit_name not in exit_names(source):
        raise Conflict(GONE)
    if after in following(taken_out.graph, [node_id]):
        raise Conflict(WOULD_LOOP)
    target = taken_out.graph.by_id[after].exits.get(exit_name)
    changed = _leading(taken_out.graph, taken_out.ends, target)
    return _leading(changed, [(after, exit_name)], node_id)


def places_for(graph: Graph, node: Node, *, with_following: bool) -> list[tuple[Node, Exit]]:
    """Return the exits to which a step can be moved: those where it does not stand and that it does not lead to."""
    if node.kind in TRIGGERS:
        return []
    taken_out = _taken_out(graph, node.id, with_following=with_following)
    own, before = following(taken_out.graph, [node.id]), graph.before(node.id)
    is_only = len(before) == 1 and list(before[0].exits.values()).count(node.id) == 1
    return [
        (one, exit)
        for one, exit in open_exits(graph)
        if one.id not in own and not (is_only and one.exits.get(exit.name) == node.id)
    ]


def goes_on(graph: Graph, node: Node, *, with_following: bool) -> bool:
    """Return whether what stands at the new place follows what is moved, which may end the flow instead."""
    return bool(_taken_out(graph, node.id, with_following=with_following).ends)


def open_exits(graph: Graph) -> Iterator[tuple[Node, Exit]]:
    """Return all exits at which the flow goes on or may; those for failures only where they lead somewhere."""
    for node in graph.nodes:
        yield from ((node, one) for one in exits_of(node) if one.name != ERROR or one.name in node.exits)


class _TakenOut(NamedTuple):
    """A graph in which nothing leads to a step any more, and the exits at which what is moved ends."""

    graph: Graph
    ends: Sequence[tuple[str, str]]


def _taken_out(graph: Graph, node_id: str, *, with_following: bool) -> _TakenOut:
    node = graph.node(node_id)
    if node is None:
        raise Conflict(GONE)
    if node.kind in TRIGGERS:
        raise Conflict(NO_MOVE)
    taken = only_after(graph, node_id) if with_following else {node_id}
    last, name = _end(graph, node, taken)
    rest = last.exits.get(name) if name else None
    parts = [one for one in graph.nodes if one.id in taken]
    ends = [(one.id, exit) for one in parts for exit, to in one.exits.items() if rest and to == rest]
    ends = ends or ([(last.id, name)] if name else [])
    changed = replace(graph, nodes=tuple(_led_past(one, node_id, rest) for one in graph.nodes))
    return _TakenOut(_leading(changed, ends, None), ends)


def _end(graph: Graph, node: Node, taken: set[str]) -> tuple[Node, str | None]:
    """Return the last node of the main way through what is moved, and its exit; None where the flow ends there."""
    while (name := main_exit(node)) and (below := graph.after(node, name)) and below.id in taken:
        node = below
    return node, name


def _led_past(node: Node, gone: str, rest: str | None) -> Node:
    exits = ((name, rest if to == gone else to) for name, to in node.exits.items())
    return replace(node, exits={name: to for name, to in exits if to})


def _leading(graph: Graph, ends: Sequence[tuple[str, str]], target: str | None) -> Graph:
    """Let these exits, each named with the id of its node, lead to a node or nowhere."""
    nodes = []
    for node in graph.nodes:
        led = {name for node_id, name in ends if node_id == node.id}
        kept = {name: to for name, to in node.exits.items() if name not in led}
        nodes.append(replace(node, exits={**kept, **dict.fromkeys(led, target)} if target else kept))
    return replace(graph, nodes=tuple(nodes))
