"""Changes of a graph keep its steps together: what is added, removed and moved, and which connections are refused."""

from __future__ import annotations

import pytest

import app.workflows.actions
import app.workflows.triggers  # noqa: F401
from app.core.errors import Conflict
from app.workflows.definition import editing
from app.workflows.definition.flow import Branch, read_flow
from app.workflows.definition.graph import Graph, Node

PARTS = {"parts": [{"name": "a", "label": "A", "share": 50}, {"name": "b", "label": "B", "share": 50}]}
# A trigger, a tag, then a split whose first part goes on to a stop.
NODES = (
    Node("n1", "friend_add", {}, {"next": "n2"}),
    Node("n2", "tag", {}, {"next": "n3"}),
    Node("n3", "split", PARTS, {"a": "n4", "b": "n5"}),
    Node("n4", "stop"),
    Node("n5", "delay", {}, {"next": "n4"}),
)
GRAPH = Graph((1,), NODES)


def shown(graph: Graph) -> list[object]:
    """Return the flow as nested lists: ids, and for each branch its exit with what is in it."""
    flow = read_flow(graph)
    entrances = [[[one.id for one in each.triggers], *_branch(each.branch)] for each in flow.entrances]
    below = [_branch(flow.below)] if flow.below else []
    return [*entrances, *below, *(["loose", *_branch(one)] for one in flow.loose)]


def _branch(branch: Branch) -> list[object]:
    found: list[object] = []
    for step in branch.steps:
        found.append(step.node.id)
        found += [
            [side.exit.name, *_branch(side)] for side in step.branches if side.exit and (side.steps or side.joined)
        ]
    return [*found, f"→{branch.joined.id}"] if branch.joined else found


def test_a_flow_is_read_from_top_to_bottom_and_a_joined_step_stands_once() -> None:
    assert shown(GRAPH) == [[["n1"], "n2", "n3", ["a", "→n4"], ["b", "n5", "→n4"], "n4"]]
    assert read_flow(GRAPH).numbers == {"n2": 1, "n3": 2, "n5": 3, "n4": 4}


def test_an_action_stands_between_and_a_second_trigger_leads_to_the_same_step() -> None:
    graph, node = editing.with_action(GRAPH, "tag", {"change": "add"}, "n2", "next")
    assert node.exits == {"next": "n3"}
    graph, trigger = editing.with_trigger(graph, "block", {})
    assert shown(graph) == [[["n1", trigger.id], "n2", node.id, "n3", ["a", "→n4"], ["b", "n5", "→n4"], "n4"]]


def test_what_stands_below_a_stop_is_not_connected_any_more() -> None:
    graph, node = editing.with_action(GRAPH, "stop", {}, "n1", "next")
    assert shown(graph) == [[["n1"], node.id], ["loose", "n2", "n3", ["a", "→n4"], ["b", "n5", "→n4"], "n4"]]


def test_a_step_is_removed_alone_or_with_what_only_it_leads_to() -> None:
    assert shown(editing.without(GRAPH, "n2")) == [[["n1"], "n3", ["a", "→n4"], ["b", "n5", "→n4"], "n4"]]
    assert editing.only_after(GRAPH, "n5") == {"n5"}
    assert editing.only_after(GRAPH, "n3") == {"n3", "n4", "n5"}
    assert shown(editing.without_following(GRAPH, "n3")) == [[["n1"], "n2"]]
    assert shown(editing.without_following(GRAPH, "n5")) == [[["n1"], "n2", "n3", ["a", "n4"]]]


def test_settings_without_a_branch_let_what_it_led_to_go() -> None:
    graph = editing.with_settings(GRAPH, "n3", {"parts": PARTS["parts"][1:]})
    assert graph.by_id["n3"].exits == {"b": "n5"}


def test_steps_are_swapped_where_one_leads_to_the_other_alone() -> None:
    assert shown(editing.moved(GRAPH, "n3", up=True)) == [[["n1"], "n3", ["a", "n2", "→n4"], ["b", "n5", "→n4"], "n4"]]
    assert editing.moved(editing.moved(GRAPH, "n2", up=False), "n2", up=True) == GRAPH
    for node_id, up in (("n2", True), ("n4", True), ("n5", True), ("n4", False)):
        with pytest.raises(Conflict):
            editing.moved(GRAPH, node_id, up=up)


def test_a_connection_back_is_refused_with_a_sentence() -> None:
    with pytest.raises(Conflict, match="would lead back to the same step"):
        editing.connected_to(GRAPH, "n5", "next", "n3")
    with pytest.raises(Conflict):
        editing.connected_to(GRAPH, "n5", "next", "n1")
    with pytest.raises(Conflict):
        editing.connected_to(GRAPH, "n5", "error", "n4")
    cut = editing.disconnected(GRAPH, "n5", "next")
    assert cut.by_id["n5"].exits == {} and editing.connected_to(cut, "n5", "next", "n4") == GRAPH
    assert {one.id for one in editing.may_follow(GRAPH, GRAPH.by_id["n3"])} == {"n4", "n5"}


def test_steps_of_unknown_kinds_keep_what_they_hold() -> None:
    graph = Graph((), (Node("n1", "no_such_step", {"list": 3}, {"done": "n2"}), Node("n2", "stop")))
    assert editing.with_settings(graph, "n1", {"list": 3}) == graph
    assert shown(graph) == [["loose", "n1", "n2"]]


def test_what_stands_in_a_circle_is_shown_as_well() -> None:
    graph = Graph((), (Node("n1", "tag", {}, {"next": "n2"}), Node("n2", "tag", {}, {"next": "n1"})))
    assert shown(graph) == [["loose", "n1", "n2", "→n1"]]
