"""What nodes do, each in a line, with the names of what they are about: for many nodes with a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from app.core.i18n import Text, _
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import kind_of


def summaries_of(graph: Graph) -> dict[str, Text]:
    """Return by id what each node of the graph does."""
    return summaries(graph.nodes, graph.account_ids)


def summaries(nodes: Iterable[Node], account_ids: Sequence[int]) -> dict[str, Text]:
    """Return by id what each of these nodes does; one of an unknown kind is left out."""
    groups: defaultdict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        groups[node.kind].append(node)
    found: dict[str, Text] = {}
    for some in groups.values():
        if (kind := kind_of(some[0])) is not None:
            names = kind.names(some, account_ids)
            found |= {node.id: _line(kind.summary(node), names, node) for node in some}
    return found


def _line(summary: Text, names: Mapping[str, Text], node: Node) -> Text:
    name = names.get(node.id, "")
    return _("%(what)s: %(names)s", what=summary, names=name) if summary and name else summary or name
