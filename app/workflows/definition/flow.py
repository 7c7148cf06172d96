"""The order in which a graph is read from top to bottom: triggers, the steps below them, and branches within."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.workflows.definition.graph import ERROR, Graph, Node
from app.workflows.definition.kinds import TRIGGERS, Exit, exits_of, triggers_of


@dataclass
class Branch:
    """What follows an exit: steps one below the other, and the node that is shown elsewhere with which it goes on.

    `exit` is None for a part without anything that leads to it.
    """

    source: Node | None
    exit: Exit | None
    steps: list[FlowStep] = field(default_factory=list)
    joined: Node | None = None

    @property
    def end(self) -> tuple[Node, Exit] | None:
        """Return the node and the exit at which a step may be added below all others; None where the flow ends."""
        if self.joined is not None:
            return None
        if not self.steps:
            return (self.source, self.exit) if self.source and self.exit else None
        last = self.steps[-1]
        return (last.node, last.onward) if last.onward else None


@dataclass
class FlowStep:
    """A node in its place. `onward` is the exit that leads to the next step below it, `branches` are all others."""

    node: Node
    number: int
    onward: Exit | None = None
    branches: list[Branch] = field(default_factory=list)


@dataclass
class Entrance:
    """Triggers that lead to the same step, and what they start."""

    triggers: list[Node]
    branch: Branch


@dataclass
class Flow:
    """A whole graph, read. `loose` are parts that nothing leads to, `numbers` the steps by id of their node."""

    entrances: list[Entrance]
    loose: list[Branch]
    numbers: dict[str, int]


def read_flow(graph: Graph) -> Flow:
    """Return the graph in reading order. A step to which several lead stands where the first of them is."""
    return _Reader(graph).read()


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.numbers: dict[str, int] = {}

    def read(self) -> Flow:
        groups: dict[str, list[Node]] = {}
        for trigger in triggers_of(self.graph):
            groups.setdefault(next(iter(trigger.exits.values()), trigger.id), []).append(trigger)
        entrances = [Entrance(triggers, self._entered(triggers[0])) for triggers in groups.values()]
        return Flow(entrances, list(self._loose()), self.numbers)

    def _entered(self, trigger: Node) -> Branch:
        branch = Branch(trigger, exits_of(trigger)[0])
        self._follow(branch, self.graph.after(trigger))
        return branch

    def _loose(self) -> Iterator[Branch]:
        """Read what nothing leads to; what stands in a circle begins with its first node."""
        led_to = {to for one in self.graph.nodes for to in one.exits.values()}
        heads = [one for one in self.graph.nodes if one.id not in led_to]
        for node in (*heads, *self.graph.nodes):
            if node.id not in self.numbers and node.kind not in TRIGGERS:
                branch = Branch(None, None)
                self._follow(branch, node)
                yield branch

    def _follow(self, branch: Branch, node: Node | None) -> None:
        while node is not None:
            if node.id in self.numbers:
                branch.joined = node
                return
            self.numbers[node.id] = len(self.numbers) + 1
            step = FlowStep(node, self.numbers[node.id])
            branch.steps.append(step)
            exits = exits_of(node)
            plain = [one for one in exits if one.name != ERROR]
            step.onward = plain[0] if len(plain) == 1 else None
            for one in exits:
                if one is not step.onward:
                    side = Branch(node, one)
                    step.branches.append(side)
                    self._follow(side, self.graph.after(node, one.name))
            node = self.graph.after(node, step.onward.name) if step.onward else None
