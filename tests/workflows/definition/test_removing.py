"""What becomes of each exit of a step that is removed, and what goes with it."""

from __future__ import annotations

import pytest

import app.workflows.actions
import app.workflows.triggers  # noqa: F401
from app.core.errors import Conflict
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.removing import Removal, apart_of, exits_after, newly_apart, removed

PARTS = {"parts": [{"name": name, "label": name.upper(), "share": 25} for name in "abcd"]}
# Below a trigger a split: "a" leads to a step of its own and on, "b" to two steps, "c" to where "a" goes on.
SPLIT = Graph(
    (1,),
    (
        Node("t", "friend_add", {}, {"next": "split"}),
        Node("split", "split", PARTS, {"a": "a1", "b": "b1", "c": "both"}),
        Node("a1", "delay", {}, {"next": "both"}),
        Node("both", "stop"),
        Node("b1", "delay", {}, {"next": "b2"}),
        Node("b2", "stop"),
    ),
)


def becomes(graph: Graph, node_id: str) -> dict[str, tuple[set[str], bool]]:
    return {one.exit.name: (set(one.apart), one.follows) for one in exits_after(graph, graph.by_id[node_id])}


def ids(graph: Graph) -> list[str]:
    return [one.id for one in graph.nodes]


def test_each_exit_that_leads_somewhere_tells_what_becomes_of_it() -> None:
    assert becomes(SPLIT, "split") == {"a": (set(), True), "b": ({"b1", "b2"}, False), "c": (set(), False)}
    assert becomes(SPLIT, "a1") == {"next": (set(), True)} and becomes(SPLIT, "both") == {}
    # Below the only trigger, and at the head of a part that is not connected, nothing takes over.
    assert becomes(SPLIT, "t") == {"next": ({"split", "a1", "both", "b1", "b2"}, False)}
    assert becomes(removed(SPLIT, "t", Removal.ALONE), "split")["a"] == ({"a1", "both"}, False)


def test_a_step_is_removed_alone_with_what_would_stand_apart_or_with_all_that_follows() -> None:
    alone = removed(SPLIT, "split", Removal.ALONE)
    assert ids(alone) == ["t", "a1", "both", "b1", "b2"] and alone.by_id["t"].exits == {"next": "a1"}
    assert newly_apart(SPLIT, alone) == {"b1", "b2"} == apart_of(exits_after(SPLIT, SPLIT.by_id["split"]))
    with_apart = removed(SPLIT, "split", Removal.APART)
    assert ids(with_apart) == ["t", "a1", "both"] and newly_apart(SPLIT, with_apart) == set()
    assert ids(removed(SPLIT, "split", Removal.FOLLOWING)) == ["t"]
    with pytest.raises(Conflict):
        removed(SPLIT, "gone", Removal.APART)
