"""What the steps of a graph and their exits are called on its pages, by their numbers in the drawn flow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.i18n import Text, _, _l
from app.workflows.definition.flow import read_flow
from app.workflows.definition.graph import ERROR, NEXT, Graph, Node
from app.workflows.definition.kinds import Exit, exits_of, kind_of

UNKNOWN_STEP = _l("Unknown step")


def label_of(node: Node) -> Text:
    """Return the name of a node's kind."""
    kind = kind_of(node)
    return kind.label if kind else UNKNOWN_STEP


def exit_words(exit: Exit) -> Text:
    """Return what an exit is called beside others."""
    return exit.label or (_("If it works") if exit.name == NEXT else exit.name)


@dataclass(frozen=True)
class StepNames:
    """Names of the steps of one graph, for one reader. `numbers` are by id; triggers have none."""

    numbers: Mapping[str, int]
    _known: dict[str, Text] = field(default_factory=dict)

    def step(self, node: Node) -> Text:
        """Return for example "4 · Conditional branch"."""
        if node.id not in self._known:
            number, label = self.numbers.get(node.id), label_of(node)
            self._known[node.id] = _("%(number)s · %(step)s", number=number, step=label) if number else label
        return self._known[node.id]

    def exit(self, node: Node, exit_name: str) -> Text:
        """Return for example "4 · Conditional branch, exit Yes"; the step alone where one way leads on from it."""
        found = next((one for one in exits_of(node) if one.name == exit_name), None)
        if found is None or (not found.label and ERROR not in node.exits):
            return self.step(node)
        return _("%(step)s, exit %(exit)s", step=self.step(node), exit=exit_words(found))


def names_in(graph: Graph) -> StepNames:
    """Return the names of the steps of a graph."""
    return StepNames(read_flow(graph).numbers)
