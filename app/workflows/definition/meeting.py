"""Where branches of a graph go on together: by the last node that all ways into it share."""

from __future__ import annotations

from collections.abc import Mapping

from app.workflows.definition.graph import Graph
from app.workflows.definition.kinds import TRIGGERS, triggers_of
from app.workflows.definition.structure import following, in_order, loop_in

# Stands for the Start node, and for what no trigger leads to.
START, NOWHERE = "", "-"


def meeting_points(graph: Graph) -> dict[str, str]:
    """Return, by the node (or START) where ways part, the id of the node below it where they meet again.

    Where some of them meet earlier than others, it is the last such node. A graph with a loop has none.
    """
    if loop_in(graph):
        return {}
    found: dict[str, str] = {}
    parents, depths = {START: START, NOWHERE: NOWHERE}, {START: 0, NOWHERE: 0}
    ways = _ways_into(graph)
    for node_id in in_order(graph):
        if node_id not in ways:
            continue
        source = ways[node_id][0]
        for other in ways[node_id][1:]:
            source = _shared(source, other, parents, depths)
        parents[node_id], depths[node_id] = source, depths[source] + 1
        if len(ways[node_id]) > 1:
            found[source] = node_id
    found.pop(NOWHERE, None)
    return found


def _ways_into(graph: Graph) -> dict[str, list[str]]:
    """Return, by action, the nodes whose exits lead to it, one for each exit; triggers count as one way from START."""
    starts = {to for one in triggers_of(graph) for to in one.exits.values()}
    reached = following(graph, starts)
    ways: dict[str, list[str]] = {one.id: [] for one in graph.nodes if one.kind not in TRIGGERS}
    for node_id in starts & ways.keys():
        ways[node_id].append(START)
    for node in graph.nodes:
        for to in node.exits.values():
            # What is not connected itself divides nothing that is.
            if node.id in ways and to in ways and (node.id in reached or to not in reached):
                ways[to].append(node.id)
    return {node_id: sources or [NOWHERE] for node_id, sources in ways.items()}


def _shared(one: str, other: str, parents: Mapping[str, str], depths: Mapping[str, int]) -> str:
    """Return the last node through which all ways to both go."""
    while one != other and (depths[one] or depths[other]):
        if depths[one] >= depths[other]:
            one = parents[one]
        else:
            other = parents[other]
    return one if one == other else NOWHERE
