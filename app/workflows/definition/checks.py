"""What keeps a workflow from being started, and what its owner should know, each with the node it is about."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.core.i18n import Text, _l
from app.workflows.definition.graph import NEXT, Graph, Node
from app.workflows.definition.kinds import (
    ACTIONS,
    TO_COME,
    TRIGGERS,
    NodeKind,
    NodeProblem,
    exits_of,
    kind_of,
    triggers_of,
    unless_odd,
)
from app.workflows.definition.moments import MOST_DAYS
from app.workflows.definition.narrowing import condition_problems
from app.workflows.definition.shapes import wrong_places
from app.workflows.definition.structure import following, loop_in
from app.workflows.models import ReEntry

NO_ACCOUNT = _l("No LINE Official Account is selected. Choose at least one at the Start node.")
NO_TRIGGER = _l("No trigger leads to an action. Add a trigger below the Start node and an action below it.")
DAYS = _l("Enter after how many days a friend may enter again, a whole number from 1 to %(most)s.", most=MOST_DAYS)
# The field of a problem that a trigger with a step below it corrects.
TRIGGER_FIELD = "trigger"
LOOP = _l("The steps lead back to themselves. Disconnect one of them.")
UNCONNECTED = _l("This step is not connected, so it does not run.")
LEADS_NOWHERE = _l("No step follows this trigger, so it starts nothing. Connect it to a step, or delete it.")
DOES_NOTHING = _l(
    "Only waits, branches and stops follow this trigger, so nothing happens to the friend. Add a step that does"
    " something."
)
NOTHING_FOLLOWS = _l("Nothing follows this step, so it makes no difference. Add a step below it, or delete it.")
ODD = _l("The settings of this step cannot be read. Enter them again.")
# Of a text in the settings of a step; messages and conditions have limits of their own.
LONGEST_TEXT = 5_000
TOO_LONG = _l("Use at most %(most)s characters.", most=LONGEST_TEXT)
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


UNSAVED = Finding(NodeProblem(_l("There are changes that were not saved. Save or discard them first."), "unsaved"))


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
    if graph.entry.re_entry == ReEntry.AFTER_DAYS and not _is_days(graph.entry.days):
        yield Finding(NodeProblem(DAYS, "days"))
    if not any(graph.after(node, NEXT) for node in triggers_of(graph)):
        yield Finding(NodeProblem(NO_TRIGGER, TRIGGER_FIELD))
    if loop_in(graph):
        yield Finding(NodeProblem(LOOP))


def _is_days(days: object) -> bool:
    return isinstance(days, int) and not isinstance(days, bool) and 1 <= days <= MOST_DAYS


def _of_nodes(graph: Graph) -> Iterator[Finding]:
    reached = connected(graph)
    leading = [node.id for node in triggers_of(graph) if graph.after(node, NEXT)]
    for node in graph.nodes:
        if leading and node.kind in TRIGGERS and node.id not in leading:
            yield Finding(NodeProblem(LEADS_NOWHERE, TO_COME, is_warning=True), node)
        if node.id not in reached:
            yield Finding(NodeProblem(UNCONNECTED, is_warning=True), node)
            continue
        if (words := _without_effect(graph, node)) is not None:
            yield Finding(NodeProblem(words, TO_COME, is_warning=True), node)
        kind = kind_of(node)
        if kind is None:
            yield Finding(NodeProblem(UNKNOWN), node)
        elif (reason := kind.unavailable()) is not None:
            yield Finding(NodeProblem(reason), node)
        else:
            yield from (Finding(problem, node) for problem in problems_in(graph, node, kind, graph.account_ids))


def _without_effect(graph: Graph, node: Node) -> Text | None:
    """Return why the node is of no use: it does nothing itself, and what follows it does nothing, or is not there."""
    if node.kind in TRIGGERS:
        after = [graph.by_id[one] for one in following(graph, [node.id]) if one != node.id]
        return DOES_NOTHING if after and not any(map(_acts, after)) else None
    leads_on = any(to in graph.by_id for to in node.exits.values())
    return NOTHING_FOLLOWS if not _acts(node) and not leads_on and exits_of(node) else None


def _acts(node: Node) -> bool:
    kind = ACTIONS.get(node.kind)
    return kind is None or kind.acts


def problems_in(graph: Graph, node: Node, kind: NodeKind, account_ids: Sequence[int]) -> list[NodeProblem]:
    """Return what is wrong with the settings of a node, for these accounts."""
    if wrong_places(node.settings):
        return [NodeProblem(ODD)]
    return unless_odd(lambda: list(_in_settings(graph, node, kind, account_ids)), [NodeProblem(ODD)])


def _in_settings(graph: Graph, node: Node, kind: NodeKind, account_ids: Sequence[int]) -> Iterator[NodeProblem]:
    found = [*kind.check(node, account_ids), *kind.check_within(graph, node)]
    yield from found
    others = {"content", "conditions", *(one.field for one in found)}
    long = [name for name, value in node.settings.items() if name not in others and _longest(value) > LONGEST_TEXT]
    yield from (NodeProblem(TOO_LONG, name) for name in long)
    if node.kind in TRIGGERS:
        said = condition_problems(node.settings.get("conditions") or {}, account_ids)
        yield from (NodeProblem(one, "conditions") for one in said)


def _longest(value: object) -> int:
    """Return how long the longest text in a setting is."""
    if isinstance(value, Mapping):
        return max(map(_longest, value.values()), default=0)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return max(map(_longest, value), default=0)
    return len(value) if isinstance(value, str) else 0
