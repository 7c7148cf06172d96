"""Graphs are read strictly, and what hangs together is known."""

from __future__ import annotations

from typing import Any

import pytest

from app.workflows.definition.graph import Graph, Node, UnreadableGraph, read_graph
from app.workflows.definition.structure import following, in_order, loop_in, would_loop


def graph(**exits: dict[str, str]) -> Graph:
    return Graph((1,), tuple(Node(name, "tag", {}, to) for name, to in exits.items()))


def test_what_is_written_is_read_again() -> None:
    one = Graph((1, 2), (Node("a", "tag", {"tags": {"1": [3]}}, {"next": "b"}), Node("b", "stop")))
    assert read_graph(one.as_json()) == one


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (None, "version"),
        ({"version": 2}, "version"),
        ({"version": 1, "accounts": 1, "nodes": []}, "accounts"),
        ({"version": 1, "accounts": [True], "nodes": []}, "accounts[0]"),
        ({"version": 1, "accounts": [], "nodes": ["x"]}, "nodes[0]"),
        ({"version": 1, "accounts": [], "nodes": [{"id": "a", "kind": ""}]}, "nodes[0].kind"),
        ({"version": 1, "accounts": [], "nodes": [{"id": "a", "kind": "b", "exits": {"next": 1}}]}, "nodes[0].exits"),
        ({"version": 1, "accounts": [], "nodes": [{"id": "a", "kind": "b"}] * 2}, "nodes[1].id"),
    ],
)
def test_what_is_no_graph_is_refused_at_its_place(raw: Any, path: str) -> None:
    with pytest.raises(UnreadableGraph) as error:
        read_graph(raw)
    assert error.value.path == path


def test_what_follows_and_what_would_loop() -> None:
    joined = graph(a={"next": "b", "error": "c"}, b={"next": "d"}, c={"next": "d"}, d={}, lost={"next": "gone"})
    assert following(joined, ["a"]) == {"a", "b", "c", "d"}
    assert following(joined, ["lost", "gone"]) == {"lost"}
    assert would_loop(joined, "b", "a") and not would_loop(joined, "b", "d")
    assert loop_in(joined) == ()
    assert in_order(joined).index("d") > max(in_order(joined).index("b"), in_order(joined).index("c"))


def test_a_loop_is_named_from_and_to_the_same_node() -> None:
    found = loop_in(graph(a={"next": "b"}, b={"next": "c"}, c={"next": "a"}))
    assert found[0] == found[-1] and set(found) == {"a", "b", "c"}
