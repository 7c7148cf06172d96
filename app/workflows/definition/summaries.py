"""What nodes do, each in a line, with the names of what they are about: for many nodes with a few queries.

Of a trigger that conditions narrow, the line also tells for whom it fires.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from app.core.i18n import Text, _
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import TRIGGERS, NodeKind, kind_of, unless_odd
from app.workflows.definition.narrowing import condition_words


def summaries_of(graph: Graph) -> dict[str, Text]:
    """Return by id what each node of the graph does."""
    return summaries(graph.nodes, graph.account_ids)


def summaries(nodes: Iterable[Node], account_ids: Sequence[int]) -> dict[str, Text]:
    """Return by id what each of these nodes does; one of an unknown kind is left out."""
    nodes = list(nodes)
    groups: defaultdict[str, list[Node]] = defaultdict(list)
    for node in nodes:
        groups[node.kind].append(node)
    found: dict[str, Text] = {}
    for some in groups.values():
        if (kind := kind_of(some[0])) is not None:
            found |= _of_kind(kind, some, account_ids)
    return found | _narrowed(found, nodes, account_ids)


def _of_kind(kind: NodeKind, nodes: Sequence[Node], account_ids: Sequence[int]) -> dict[str, Text]:
    names: Mapping[str, Text] = unless_odd(lambda: kind.names(nodes, account_ids), {})
    return {node.id: _line(_summary(kind, node), names, node) for node in nodes}


def _summary(kind: NodeKind, node: Node) -> Text:
    nothing: Text = ""
    return unless_odd(lambda: kind.summary(node), nothing)


def _line(summary: Text, names: Mapping[str, Text], node: Node) -> Text:
    name = names.get(node.id, "")
    return _("%(what)s: %(names)s", what=summary, names=name) if summary and name else summary or name


def _narrowed(said: Mapping[str, Text], nodes: Sequence[Node], account_ids: Sequence[int]) -> dict[str, Text]:
    """Return the lines of the triggers that fire for some friends only."""
    conditions = {one.id: one.settings.get("conditions") for one in nodes if one.kind in TRIGGERS}
    by_account = {node_id: one for node_id, one in conditions.items() if isinstance(one, Mapping) and one}
    words = zip(by_account, condition_words(list(by_account.values()), account_ids), strict=True)
    return {node_id: _only_for(said[node_id], conditions) for node_id, conditions in words if conditions}


def _only_for(summary: Text, conditions: str) -> Text:
    if not summary:
        return _("Only for: %(conditions)s", conditions=conditions)
    return _("%(what)s (only for: %(conditions)s)", what=summary, conditions=conditions)
