"""A version's graph as typed nodes, and the way there from stored JSON.

The JSON: {"version": 1, "accounts": [1], "entry": {"re_entry": "every", "days": None, "on_block": "end"}, "nodes": [
    {"id": "n1", "kind": "tag", "settings": {}, "exits": {"next": "n2"}}]}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.workflows.models import OnBlock, ReEntry

VERSION = 1
MOST_NODES = 500
# The exit of nodes that have only one, and the exit that is taken when a step has failed.
NEXT, ERROR = "next", "error"


class UnreadableGraph(ValueError):
    """Stored JSON is no graph; `path` names the place, such as "nodes[3].exits"."""

    def __init__(self, path: str) -> None:
        super().__init__(f"This is not the graph of a workflow: {path}.")
        self.path = path


@dataclass(frozen=True)
class Node:
    """One step. `settings` are what its kind says, `exits` the node that follows each labelled exit.

    A node of a kind that is not known keeps its settings and is inert.
    """

    id: str
    kind: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    exits: Mapping[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Return the node as it is stored."""
        return {"id": self.id, "kind": self.kind, "settings": dict(self.settings), "exits": dict(self.exits)}


@dataclass(frozen=True)
class EntryRules:
    """How often a friend may enter (`ReEntry`; `days` as typed), and what a block does with runs (`OnBlock`)."""

    re_entry: str = ReEntry.EVERY.value
    days: Any = None
    on_block: str = OnBlock.END.value

    def as_json(self) -> dict[str, Any]:
        """Return the rules as they are stored."""
        return {"re_entry": self.re_entry, "days": self.days, "on_block": self.on_block}


@dataclass(frozen=True)
class Graph:
    """The accounts that a workflow answers for, its nodes in the order in which they were added, and who may enter."""

    account_ids: tuple[int, ...] = ()
    nodes: tuple[Node, ...] = ()
    entry: EntryRules = EntryRules()

    @cached_property
    def by_id(self) -> Mapping[str, Node]:
        """Return the nodes by id."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def _before(self) -> Mapping[str, list[Node]]:
        found: defaultdict[str, list[Node]] = defaultdict(list)
        for node in self.nodes:
            for target in dict.fromkeys(node.exits.values()):
                found[target].append(node)
        return found

    def before(self, node_id: str) -> Sequence[Node]:
        """Return the nodes that lead to this one."""
        return self._before.get(node_id, ())

    def node(self, node_id: str | None) -> Node | None:
        """Return the node; None where there is none of this id."""
        return None if node_id is None else self.by_id.get(node_id)

    def after(self, node: Node, exit_name: str = NEXT) -> Node | None:
        """Return the node that follows an exit; None where nothing is connected."""
        return self.node(node.exits.get(exit_name))

    def as_json(self) -> dict[str, Any]:
        """Return the graph as it is stored."""
        return {
            "version": VERSION,
            "accounts": list(self.account_ids),
            "entry": self.entry.as_json(),
            "nodes": [node.as_json() for node in self.nodes],
        }


def read_graph(raw: Any) -> Graph:
    """Return the graph of stored JSON; raises UnreadableGraph. Exits may lead to nodes that are not there."""
    if not isinstance(raw, Mapping) or raw.get("version") != VERSION:
        raise UnreadableGraph("version")
    nodes = tuple(read_nodes(raw.get("nodes")))
    if len(nodes) > MOST_NODES:
        raise UnreadableGraph("nodes")
    known: set[str] = set()
    for at, node in enumerate(nodes):
        if node.id in known:
            raise UnreadableGraph(f"nodes[{at}].id")
        known.add(node.id)
    return Graph(tuple(_account_ids(raw)), nodes, _entry(raw.get("entry", {})))


def read_nodes(raw: Any) -> list[Node]:
    """Return the nodes of stored JSON alone; raises UnreadableGraph."""
    return [_node(at, one) for at, one in enumerate(_list(raw, "nodes"))]


def _entry(raw: Any) -> EntryRules:
    if not isinstance(raw, Mapping):
        raise UnreadableGraph("entry")
    given = {**EntryRules().as_json(), **raw}
    for name, words in (("re_entry", ReEntry), ("on_block", OnBlock)):
        if given[name] not in {one.value for one in words}:
            raise UnreadableGraph(f"entry.{name}")
    return EntryRules(given["re_entry"], given["days"], given["on_block"])


def _account_ids(raw: Mapping[str, Any]) -> Iterator[int]:
    for at, one in enumerate(_list(raw.get("accounts"), "accounts")):
        if not isinstance(one, int) or isinstance(one, bool):
            raise UnreadableGraph(f"accounts[{at}]")
        yield one


def _node(at: int, raw: Any) -> Node:
    if not isinstance(raw, Mapping):
        raise UnreadableGraph(f"nodes[{at}]")
    for name in ("id", "kind"):
        if not isinstance(raw.get(name), str) or not raw[name]:
            raise UnreadableGraph(f"nodes[{at}].{name}")
    settings, exits = raw.get("settings", {}), raw.get("exits", {})
    if not isinstance(settings, Mapping):
        raise UnreadableGraph(f"nodes[{at}].settings")
    is_sound = isinstance(exits, Mapping) and all(isinstance(one, str) for pair in exits.items() for one in pair)
    if not is_sound:
        raise UnreadableGraph(f"nodes[{at}].exits")
    return Node(raw["id"], raw["kind"], dict(settings), dict(exits))


def _list(raw: Any, path: str) -> Sequence[Any]:
    if not isinstance(raw, list):
        raise UnreadableGraph(path)
    return raw
