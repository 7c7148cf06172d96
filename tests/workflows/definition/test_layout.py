"""Columns and lines: what branches take in width, where they meet, and what goes on elsewhere."""

from __future__ import annotations

import app.workflows.actions
import app.workflows.triggers  # noqa: F401
from app.workflows.definition import layout
from app.workflows.definition.flow import read_flow
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.meeting import START, meeting_points


def parts(*names: str) -> dict[str, object]:
    return {"parts": [{"name": one, "label": one, "share": 1} for one in names]}


def graph(*nodes: Node) -> Graph:
    return Graph((1,), (Node("t", "friend_add", {}, {"next": "s"}), *nodes))


def delay(node_id: str, following: str | None = None) -> Node:
    return Node(node_id, "delay", {}, {"next": following} if following else {})


def test_branches_meet_below_the_step_where_they_part_and_columns_have_their_width() -> None:
    whole = graph(
        Node("s", "split", parts("a", "b"), {"a": "i", "b": "x"}),
        Node("i", "split", parts("c", "d"), {"c": "k", "d": "x"}),
        delay("k", "x"),
        delay("x"),
    )
    assert meeting_points(whole) == {"s": "x"}
    (outer, last), inner = read_flow(whole).entrances[0].branch.steps, None
    inner = outer.branches[0].steps[0]
    assert (outer.width, inner.width, outer.meets, inner.meets, last.node.id) == (3, 2, True, True, "x")
    assert [one.meets for one in (*outer.branches, *inner.branches)] == [True] * 4
    above, below = layout.of_step(outer)
    assert above.width == 3 * layout.COLUMN and len(above.paths) == 2
    assert below is not None and below.paths[1] == "M660 0V4Q660 14 650 14H406Q396 14 396 24V28"


def test_of_ways_that_meet_one_after_the_other_only_the_last_stands_below() -> None:
    whole = graph(
        Node("s", "split", parts("a", "b", "c"), {"a": "x", "b": "x", "c": "y"}),
        delay("x", "y"),
        delay("y"),
    )
    (split, last), flow = read_flow(whole).entrances[0].branch.steps, read_flow(whole)
    first, second, third = split.branches
    assert last.node.id == "y" and [one.node.id for one in first.steps] == ["x"]
    assert first.meets and third.meets and not second.meets
    assert second.joined is not None and second.joined.id == "x" and flow.numbers == {"s": 1, "x": 2, "y": 3}


def test_what_two_triggers_lead_to_in_two_ways_stands_below_both() -> None:
    whole = graph(delay("s", "x"), Node("u", "block", {}, {"next": "v"}), delay("v", "x"), delay("x"))
    flow = read_flow(whole)
    assert meeting_points(whole) == {START: "x"} and flow.below is not None
    assert [one.branch.meets for one in flow.entrances] == [True, True]
    assert [one.node.id for one in flow.below.steps] == ["x"] and len(layout.of_start(flow).paths) == 2


def test_lines_from_two_triggers_begin_below_each_where_the_branches_take_more_columns() -> None:
    wide = Node("s", "split", parts("a", "b", "c", "d"), {})
    whole = graph(wide, Node("u", "block", {}, {"next": "s"}))
    (entrance,) = read_flow(whole).entrances
    drawn = layout.of_triggers(entrance)
    assert drawn.width == 4 * layout.COLUMN
    assert [path.split(" ")[0] for path in drawn.paths] == ["M396", "M660"]
    assert [path.split(" ")[-2] for path in layout.of_start(read_flow(whole)).paths] == ["396", "660"]


def test_a_part_that_is_not_connected_changes_nothing_of_the_others() -> None:
    whole = graph(delay("s", "x"), delay("x"), delay("l", "x"))
    flow = read_flow(whole)
    assert flow.below is None and [one.node.id for one in flow.entrances[0].branch.steps] == ["s", "x"]
    assert flow.loose[0].joined is not None and not flow.loose[0].meets


def test_a_loop_is_read_without_end() -> None:
    flow = read_flow(graph(delay("s", "x"), delay("x", "s")))
    assert flow.entrances[0].branch.joined is not None and flow.numbers == {"s": 1, "x": 2}


def test_an_exit_for_failures_is_a_branch_once_it_leads_somewhere() -> None:
    auto = Node("s", "auto_message", {}, {"next": "x"})
    step = read_flow(graph(auto, delay("x"))).entrances[0].branch.steps[0]
    assert step.error is not None and not step.branches and step.onward is not None
    auto = Node("s", "auto_message", {}, {"next": "x", "error": "y"})
    step = read_flow(graph(auto, delay("x"), delay("y", "x"))).entrances[0].branch.steps[0]
    assert step.error is None and [one.meets for one in step.branches] == [True, True]
