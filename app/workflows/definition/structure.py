"""How the nodes of a graph hang together: what follows what, what is reached, and whether an exit would make a loop."""

from __future__ import annotations

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter

from app.workflows.definition.graph import Graph


def following(graph: Graph, starts: Iterable[str]) -> set[str]:
    """Return the ids of these nodes and of all that can be reached from them."""
    found: set[str] = set()
    waiting = [one for one in starts if one in graph.by_id]
    while waiting:
        node_id = waiting.pop()
        if node_id not in found:
            found.add(node_id)
            waiting += [one for one in graph.by_id[node_id].exits.values() if one in graph.by_id]
    return found


def leading_to(graph: Graph, node_id: str) -> set[str]:
    """Return the ids of a node and of all from which it can be reached."""
    found: set[str] = set()
    waiting = [node_id]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.add(one)
            waiting += [before.id for before in graph.before(one)]
    return found


def would_loop(graph: Graph, source: str, target: str) -> bool:
    """Return whether an exit from `source` to `target` would lead back to `source`."""
    return source in following(graph, [target])


def loop_in(graph: Graph) -> tuple[str, ...]:
    """Return the ids of nodes that lead back to themselves, first and last the same; empty where there is no loop."""
    try:
        _sorter(graph).prepare()
    except CycleError as error:
        return tuple(reversed(error.args[1]))
    return ()


def in_order(graph: Graph) -> list[str]:
    """Return all node ids so that each comes after those that lead to it; raises CycleError for a loop."""
    return list(_sorter(graph).static_order())


def _sorter(graph: Graph) -> TopologicalSorter[str]:
    sorter: TopologicalSorter[str] = TopologicalSorter({node.id: () for node in graph.nodes})
    for node in graph.nodes:
        for target in node.exits.values():
            if target in graph.by_id:
                sorter.add(target, node.id)
    return sorter
