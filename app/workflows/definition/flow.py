"""The order in which a graph is read from top to bottom: triggers, the steps below them, and branches within.

Branches that go on together with one step meet below the step where they part, and that step stands there once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from app.workflows.definition.graph import ERROR, Graph, Node
from app.workflows.definition.kinds import TRIGGERS, Exit, exits_of, triggers_of
from app.workflows.definition.meeting import START, meeting_points


@dataclass
class Branch:
    """What follows an exit: steps one below the other, and the node that is shown elsewhere with which it goes on.

    `exit` is None for a part without anything that leads to it. `meets`: the node with which it goes on stands below
    the branches beside it.
    """

    source: Node | None
    exit: Exit | None
    steps: list[FlowStep] = field(default_factory=list)
    joined: Node | None = None
    meets: bool = False

    @property
    def last(self) -> tuple[Node, Exit] | None:
        """Return the node and the exit at its lower end; None where it ends, or in branches of its own."""
        if not self.steps:
            return (self.source, self.exit) if self.source and self.exit else None
        step = self.steps[-1]
        return (step.node, step.onward) if step.onward else None

    @property
    def end(self) -> tuple[Node, Exit] | None:
        """Return the node and the exit at which a step may be added below all others; None where the flow ends."""
        return None if self.joined is not None else self.last

    @cached_property
    def width(self) -> int:
        """Return how many columns it takes."""
        return max((step.width for step in self.steps), default=1)


@dataclass
class FlowStep:
    """A node in its place. `onward` is the exit that leads to the next step below it, `branches` are all others.

    `error` is the exit for failures while it leads nowhere; then it is no branch. `meets`: branches of it go on
    together below them.
    """

    node: Node
    number: int
    onward: Exit | None = None
    error: Exit | None = None
    branches: list[Branch] = field(default_factory=list)
    meets: bool = False

    @cached_property
    def width(self) -> int:
        """Return how many columns it takes with its branches."""
        return max(1, sum(one.width for one in self.branches))

    @cached_property
    def inside(self) -> int:
        """Return how many steps its branches hold."""
        return sum(1 + step.inside for branch in self.branches for step in branch.steps)


@dataclass
class Entrance:
    """Triggers that lead to the same step, and what they start."""

    triggers: list[Node]
    branch: Branch

    @cached_property
    def width(self) -> int:
        """Return how many columns it takes."""
        return max(len(self.triggers), self.branch.width)


@dataclass
class Flow:
    """A whole graph, read. `below` is what all entrances go on with together, `loose` are parts that nothing leads to.

    `numbers` are the steps by id of their node.
    """

    entrances: list[Entrance]
    below: Branch | None
    loose: list[Branch]
    numbers: dict[str, int]


def read_flow(graph: Graph) -> Flow:
    """Return the graph in reading order. A step to which several lead stands where the first of them is."""
    return _Reader(graph).read()


class _Reader:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.numbers: dict[str, int] = {}
        self.meeting = meeting_points(graph)
        # Ids of nodes that come below the branches that are being read.
        self.awaited: list[str] = []

    def read(self) -> Flow:
        groups: dict[str, list[Node]] = {}
        for trigger in triggers_of(self.graph):
            groups.setdefault(next(iter(trigger.exits.values()), trigger.id), []).append(trigger)
        entrances = [Entrance(triggers, Branch(triggers[0], exits_of(triggers[0])[0])) for triggers in groups.values()]
        meeting = self._divide([one.branch for one in entrances], START)
        below = Branch(None, None) if meeting else None
        if below:
            self._follow(below, meeting)
        return Flow(entrances, below, list(self._loose()), self.numbers)

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
            if node.id in self.numbers or node.id in self.awaited:
                branch.joined, branch.meets = node, self.awaited[-1:] == [node.id]
                return
            self.numbers[node.id] = len(self.numbers) + 1
            step = FlowStep(node, self.numbers[node.id])
            branch.steps.append(step)
            node = self._below(step)

    def _below(self, step: FlowStep) -> Node | None:
        """Read the branches of a step, and return what comes below it."""
        exits = [one for one in exits_of(step.node) if one.name != ERROR or one.name in step.node.exits]
        step.error = next((one for one in exits_of(step.node) if one.name == ERROR and one not in exits), None)
        if len(exits) == 1 and exits[0].name != ERROR:
            step.onward = exits[0]
            return self.graph.after(step.node, step.onward.name)
        step.branches = [Branch(step.node, one) for one in exits]
        meeting = self._divide(step.branches, step.node.id)
        step.meets = any(one.meets for one in step.branches)
        # Without a meeting of their own, they may go on to that of the branches around them.
        return meeting or (self.graph.node(self.awaited[-1]) if step.meets else None)

    def _divide(self, branches: list[Branch], source: str) -> Node | None:
        """Read branches that begin at the same place, and return the node where they meet."""
        meeting = self.graph.node(self.meeting.get(source))
        # One that stands elsewhere already, as in a part that is not connected, is met there.
        if meeting is not None and meeting.id in self.numbers:
            meeting = None
        if meeting is not None:
            self.awaited.append(meeting.id)
        for branch in branches:
            if branch.source and branch.exit:
                self._follow(branch, self.graph.after(branch.source, branch.exit.name))
        if meeting is not None:
            self.awaited.pop()
        return meeting
