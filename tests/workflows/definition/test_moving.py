"""A step is moved to another branch, alone or with what follows, and the place that it leaves is closed."""

from __future__ import annotations

import pytest

import app.workflows.actions
import app.workflows.triggers  # noqa: F401
from app.core.errors import Conflict
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.moving import goes_on, moved_to, places_for
from tests.workflows.definition.test_editing import GRAPH, PARTS, shown

# A trigger, then a split: two steps in its first part, one in its second; both go on with a tag.
SPLIT = Graph(
    (1,),
    (
        Node("n1", "friend_add", {}, {"next": "n2"}),
        Node("n2", "split", PARTS, {"a": "n3", "b": "n5"}),
        Node("n3", "delay", {}, {"next": "n4"}),
        Node("n4", "tag", {}, {"next": "n6"}),
        Node("n5", "delay", {}, {"next": "n6"}),
        Node("n6", "tag"),
    ),
)


def places(graph: Graph, node_id: str, *, with_following: bool = False) -> list[str]:
    found = places_for(graph, graph.by_id[node_id], with_following=with_following)
    return [f"{node.id} {exit.name}" for node, exit in found]


def test_a_step_is_moved_alone_and_its_place_is_closed() -> None:
    graph = moved_to(SPLIT, "n3", "n2", "b", with_following=False)
    assert shown(graph) == [[["n1"], "n2", ["a", "n4", "→n6"], ["b", "n3", "n5", "→n6"], "n6"]]
    graph = moved_to(SPLIT, "n3", "n6", "next", with_following=False)
    assert shown(graph) == [[["n1"], "n2", ["a", "n4", "→n6"], ["b", "n5", "→n6"], "n6", "n3"]]
    # A place right after the step itself is the one below what follows it.
    graph = moved_to(SPLIT, "n3", "n4", "next", with_following=False)
    assert shown(graph) == [[["n1"], "n2", ["a", "n4", "n3", "→n6"], ["b", "n5", "→n6"], "n6"]]


def test_a_step_is_moved_with_what_only_it_leads_to() -> None:
    graph = moved_to(SPLIT, "n3", "n5", "next", with_following=True)
    assert shown(graph) == [[["n1"], "n2", ["a", "→n6"], ["b", "n5", "n3", "n4", "→n6"], "n6"]]
    graph = moved_to(SPLIT, "n3", "n1", "next", with_following=True)
    assert shown(graph) == [[["n1"], "n3", "n4", "n2", ["a", "→n6"], ["b", "n5", "→n6"], "n6"]]
    # All ways that leave it for the same step go on with what was at its new place.
    nodes = (SPLIT.nodes[0], Node("n2", "split", PARTS, {"a": "n6", "b": "n6"}), Node("n6", "tag", {}, {"next": "n7"}))
    graph = moved_to(Graph((1,), (*nodes, Node("n7", "delay"))), "n2", "n6", "next", with_following=False)
    assert shown(graph) == [[["n1"], "n6", "n2", ["a", "→n7"], ["b", "→n7"], "n7"]]


def test_a_step_to_which_several_lead_is_moved_into_one_of_them() -> None:
    graph = moved_to(SPLIT, "n6", "n4", "next", with_following=False)
    assert shown(graph) == [[["n1"], "n2", ["a", "n3", "n4", "n6"], ["b", "n5"]]]


def test_places_are_offered_where_it_does_not_stand_and_to_which_it_does_not_lead() -> None:
    assert places(SPLIT, "n3") == ["n1 next", "n2 b", "n4 next", "n5 next", "n6 next"]
    assert places(SPLIT, "n3", with_following=True) == ["n1 next", "n2 b", "n5 next", "n6 next"]
    assert places(SPLIT, "n6") == ["n1 next", "n2 a", "n2 b", "n3 next", "n4 next", "n5 next"]
    assert places(SPLIT, "n1") == []
    for graph in (SPLIT, GRAPH):
        for node in graph.nodes:
            for with_following in (False, True):
                for source, exit in places_for(graph, node, with_following=with_following):
                    moved = moved_to(graph, node.id, source.id, exit.name, with_following=with_following)
                    assert moved.by_id[source.id].exits[exit.name] == node.id != graph.by_id[source.id].exits
                    is_apart = "loose" in [one[0] for one in shown(moved) if isinstance(one, list)]
                    assert not (is_apart and goes_on(graph, node, with_following=with_following))


def test_what_ends_the_flow_is_moved_in_place_of_what_was_there() -> None:
    assert goes_on(GRAPH, GRAPH.by_id["n5"], with_following=True)
    assert not goes_on(GRAPH, GRAPH.by_id["n4"], with_following=False)
    graph = moved_to(GRAPH, "n4", "n1", "next", with_following=False)
    assert shown(graph) == [[["n1"], "n4"], ["loose", "n2", "n3", ["b", "n5"]]]


def test_ways_back_and_places_that_are_gone_are_refused() -> None:
    for node_id, after, exit_name in (("n2", "n5", "next"), ("n3", "n3", "next"), ("n2", "n2", "b")):
        with pytest.raises(Conflict, match="would lead back to the same step"):
            moved_to(SPLIT, node_id, after, exit_name, with_following=False)
    with pytest.raises(Conflict, match="would lead back to the same step"):
        moved_to(SPLIT, "n3", "n4", "next", with_following=True)
    for node_id, after, exit_name in (("n1", "n2", "a"), ("n3", "n2", "c"), ("n3", "n9", "next"), ("n9", "n2", "a")):
        with pytest.raises(Conflict):
            moved_to(SPLIT, node_id, after, exit_name, with_following=False)
