"""Compare two graphs of a workflow step by step, in the order in which they are read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum

from app.workflows.definition.flow import read_flow
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import triggers_of


class StepChange(StrEnum):
    """What became of a step: MOVED ones stand at another place, whatever else has changed in them."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MOVED = "moved"


@dataclass(frozen=True)
class NewWay:
    """An exit that leads to another step than before; None where it leads nowhere."""

    exit: str
    before: Node | None
    after: Node | None


@dataclass(frozen=True)
class ComparedStep:
    """A step in both graphs, or a place in one of them: `before` or `after` is None where it does not stand there.

    `settings` are names of what is set otherwise.
    """

    change: StepChange
    before: Node | None = None
    after: Node | None = None
    settings: list[str] = field(default_factory=list)
    ways: list[NewWay] = field(default_factory=list)


def compare(before: Graph, after: Graph) -> list[ComparedStep]:
    """Return the steps of both graphs side by side."""
    return list(_Comparison(before, after).steps())


def in_reading_order(graph: Graph) -> list[Node]:
    """Return all nodes: triggers, then steps from top to bottom."""
    return [graph.by_id[one] for one in reading_order(graph)]


def reading_order(graph: Graph) -> list[str]:
    """Return all node ids: triggers, then steps from top to bottom."""
    numbers = read_flow(graph).numbers
    triggers = [one.id for one in triggers_of(graph)]
    steps = sorted((one.id for one in graph.nodes if one.id in numbers), key=lambda one: numbers[one])
    return list(dict.fromkeys([*triggers, *steps, *(one.id for one in graph.nodes)]))


class _Comparison:
    def __init__(self, before: Graph, after: Graph) -> None:
        self._before, self._after = before, after
        self._orders = reading_order(before), reading_order(after)
        self._blocks = SequenceMatcher(None, *self._orders, autojunk=False).get_opcodes()
        # Steps that stand where they stood.
        equal = [self._orders[0][first:last] for tag, first, last, _, _ in self._blocks if tag == "equal"]
        self._settled = {one for some in equal for one in some}

    def steps(self) -> Iterator[ComparedStep]:
        for tag, first, last, new_first, new_last in self._blocks:
            old, new = self._orders[0][first:last], self._orders[1][new_first:new_last]
            if tag == "equal":
                yield from map(self._kept, old)
                continue
            yield from (self._gone(one) for one in old)
            yield from (self._new(one) for one in new)

    def _kept(self, node_id: str) -> ComparedStep:
        before, after = self._before.by_id[node_id], self._after.by_id[node_id]
        settings, ways = _other_settings(before, after), self._other_ways(before, after)
        change = StepChange.CHANGED if settings or ways else StepChange.SAME
        return ComparedStep(change, before, after, settings, ways)

    def _gone(self, node_id: str) -> ComparedStep:
        change = StepChange.MOVED if node_id in self._after.by_id else StepChange.REMOVED
        return ComparedStep(change, before=self._before.by_id[node_id])

    def _new(self, node_id: str) -> ComparedStep:
        before, after = self._before.node(node_id), self._after.by_id[node_id]
        if before is None:
            return ComparedStep(StepChange.ADDED, after=after)
        return ComparedStep(StepChange.MOVED, after=after, settings=_other_settings(before, after))

    def _other_ways(self, before: Node, after: Node) -> list[NewWay]:
        """Return the exits that lead to another of the settled steps; those that were added in between do not count."""
        return [
            NewWay(name, self._before.after(before, name), self._after.after(after, name))
            for name in dict.fromkeys([*before.exits, *after.exits])
            if self._reached(self._before, before, name) != self._reached(self._after, after, name)
        ]

    def _reached(self, graph: Graph, node: Node, exit_name: str) -> set[str]:
        """Return the settled steps to which an exit leads, past all others."""
        found: set[str] = set()
        waiting, seen = [node.exits.get(exit_name)], set[str]()
        while waiting:
            one = graph.node(waiting.pop())
            if one is None or one.id in seen:
                continue
            seen.add(one.id)
            if one.id in self._settled:
                found.add(one.id)
            else:
                waiting += one.exits.values()
        return found


def _other_settings(before: Node, after: Node) -> list[str]:
    if before.kind != after.kind:
        return ["kind"]
    names = dict.fromkeys([*before.settings, *after.settings])
    return [one for one in names if before.settings.get(one) != after.settings.get(one)]
