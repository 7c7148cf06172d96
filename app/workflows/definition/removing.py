"""Remove a step alone or with steps below it, and tell before what becomes of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from app.workflows.definition.checks import connected
from app.workflows.definition.editing import main_exit, without, without_following
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import Exit, exits_of
from app.workflows.definition.structure import following


class Removal(StrEnum):
    """What is removed: a step alone, also the steps to which nothing would lead then, or all that only it leads to."""

    ALONE = ""
    APART = "apart"
    FOLLOWING = "following"


@dataclass(frozen=True)
class ExitAfterRemoval:
    """An exit of a step that is removed alone, and the step to which it led.

    `apart` are the ids of the steps from there on to which nothing leads any more. Where there are none, the step
    `follows` the one above, or another one leads to it as well.
    """

    exit: Exit
    target: Node
    apart: frozenset[str]
    follows: bool


def exits_after(graph: Graph, node: Node) -> list[ExitAfterRemoval]:
    """Return what becomes of each exit that leads somewhere when the node alone is removed."""
    rest = without(graph, node.id)
    held = following(rest, [one.id for one in graph.nodes if one.id != node.id and not graph.before(one.id)])
    kept = main_exit(node) if graph.before(node.id) else None
    return [
        ExitAfterRemoval(one, target, frozenset(following(rest, [target.id]) - held), one.name == kept)
        for one in exits_of(node)
        if (target := graph.after(node, one.name)) is not None
    ]


def apart_of(exits: Sequence[ExitAfterRemoval]) -> set[str]:
    """Return the ids of all steps to which nothing leads any more."""
    return {node_id for one in exits for node_id in one.apart}


def removed(graph: Graph, node_id: str, extent: Removal) -> Graph:
    """Return the graph without the node and what the extent takes with it; raises Conflict where it is not there."""
    if extent == Removal.FOLLOWING:
        return without_following(graph, node_id)
    rest = without(graph, node_id)
    gone = apart_of(exits_after(graph, graph.by_id[node_id])) if extent == Removal.APART else set()
    return replace(rest, nodes=tuple(one for one in rest.nodes if one.id not in gone))


def newly_apart(before: Graph, after: Graph) -> set[str]:
    """Return the ids of the steps that do not run any more since the change from one graph to the other."""
    return {one for one in connected(before) - connected(after) if one in after.by_id}
