"""What nodes do, each in a line, with the names of what they are about: for many nodes with a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from app.core.i18n import Text, _
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import NodeKind, kind_of, unless_odd


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
            found |= _of_kind(kind, some, account_ids)
    return found


def _of_kind(kind: NodeKind, nodes: Sequence[Node], account_ids: Sequence[int]) -> dict[str, Text]:
    names: Mapping[str, Text] = unless_odd(lambda: kind.names(nodes, account_ids), {})
    return {node.id: _line(_summary(kind, node), names, node) for node in nodes}


def _summary(kind: NodeKind, node: Node) -> Text:
    nothing: Text = ""
    return unless_odd(lambda: kind.summary(node), nothing)


def _line(summary: Text, names: Mapping[str, Text], node: Node) -> Text:
    name = names.get(node.id, "")
    return _("%(what)s: %(names)s", what=summary, names=name) if summary and name else summary or name
