"""What keeps a workflow from being started, and what its owner should know, each with the node it is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from app.core.i18n import _l
from app.workflows.definition.graph import NEXT, Graph, Node
from app.workflows.definition.kinds import NodeProblem, kind_of, triggers_of
from app.workflows.definition.structure import following, loop_in

NO_ACCOUNT = _l("No LINE Official Account is selected. Choose at least one at the Start node.")
NO_TRIGGER = _l("No trigger leads to an action. Add a trigger below the Start node and an action below it.")
LOOP = _l("The steps lead back to themselves. Disconnect one of them.")
UNCONNECTED = _l("This step is not connected, so it does not run.")
UNKNOWN = _l("This version of Tomoru does not know this step. It does nothing.")


@dataclass(frozen=True)
class Finding:
    """A problem, and the node it is about; None for the workflow as a whole."""

    problem: NodeProblem
    node: Node | None = None

    @property
    def is_warning(self) -> bool:
        """Return whether the workflow may be started all the same."""
        return self.problem.is_warning


def findings(graph: Graph) -> list[Finding]:
    """Return everything that is wrong with a graph, what hinders its start first."""
    found = [*_of_the_whole(graph), *_of_nodes(graph)]
    return sorted(found, key=lambda one: one.is_warning)


def connected(graph: Graph) -> set[str]:
    """Return the ids of the triggers and of all that can be reached from them."""
    return following(graph, [node.id for node in triggers_of(graph)])


def _of_the_whole(graph: Graph) -> Iterator[Finding]:
    if not graph.account_ids:
        yield Finding(NodeProblem(NO_ACCOUNT, "accounts"))
    if not any(graph.after(node, NEXT) for node in triggers_of(graph)):
        yield Finding(NodeProblem(NO_TRIGGER))
    if loop_in(graph):
        yield Finding(NodeProblem(LOOP))


def _of_nodes(graph: Graph) -> Iterator[Finding]:
    reached = connected(graph)
    for node in graph.nodes:
        if node.id not in reached:
            yield Finding(NodeProblem(UNCONNECTED, is_warning=True), node)
            continue
        kind = kind_of(node)
        if kind is None:
            yield Finding(NodeProblem(UNKNOWN), node)
        elif (reason := kind.unavailable()) is not None:
            yield Finding(NodeProblem(reason), node)
        else:
            yield from (Finding(problem, node) for problem in kind.check(node, graph.account_ids))
            yield from (Finding(problem, node) for problem in kind.check_within(graph, node))
