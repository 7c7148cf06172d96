"""The small picture of a graph."""

from __future__ import annotations

from app.workflows.definition.graph import Graph, Node
from app.workflows.templates.picture import COLUMN, HEIGHT, MARGIN, ROW, WIDTH, picture_of


def test_branches_stand_side_by_side_and_meet_in_their_middle() -> None:
    graph = Graph(
        (),
        (
            Node("a", "friend_add", {}, {"next": "b"}),
            Node("b", "split", {}, {"p1": "c", "p2": "d"}),
            Node("c", "tag", {}, {"next": "e"}),
            Node("d", "stop", {}, {"next": "e"}),
            Node("e", "tag", {}, {}),
        ),
    )
    drawn = picture_of(graph)
    left, middle, right = (MARGIN + at * COLUMN + (COLUMN - WIDTH) / 2 for at in (0, 0.5, 1))
    assert [box.x for box in drawn.boxes] == [middle, middle, left, right, middle]
    assert [box.y for box in drawn.boxes] == [MARGIN + row * ROW for row in (0, 1, 2, 2, 3)]
    assert [box.is_trigger for box in drawn.boxes] == [True, False, False, False, False]
    assert (drawn.width, drawn.height) == (2 * COLUMN + 2 * MARGIN, 3 * ROW + HEIGHT + 2 * MARGIN)
    assert len(drawn.lines) == 5 and drawn.lines[0] == f"M{middle + WIDTH / 2:g} {MARGIN + HEIGHT}V{MARGIN + ROW}"


def test_triggers_side_by_side_unconnected_steps_and_unknown_kinds_are_drawn() -> None:
    nodes = Node("a", "friend_add", {}, {"next": "c"}), Node("b", "block", {}, {"next": "c"}), Node("c", "tag")
    drawn = picture_of(Graph((), (*nodes, Node("d", "from_the_future", {}, {"next": "gone"}))))
    assert [box.icon for box in drawn.boxes][2:] == ["tag", "help-circle"] and len(drawn.lines) == 2
    assert drawn.boxes[2].x == (drawn.boxes[0].x + drawn.boxes[1].x) / 2


def test_an_empty_graph_has_an_empty_picture() -> None:
    assert picture_of(Graph()).boxes == ()


def test_branches_below_a_step_to_which_several_lead_are_within_the_picture() -> None:
    ends = {name: f"end-{name}" for name in "abc"}
    nodes = (
        Node("t", "friend_add", {}, {"next": "s"}),
        Node("s", "split", {}, {"x": "x", "y": "y"}),
        Node("x", "stop", {}, {"next": "j"}),
        Node("y", "stop", {}, {"next": "j"}),
        Node("j", "branch", {}, ends),
        *(Node(one, "stop") for one in ends.values()),
    )
    drawn = picture_of(Graph((), nodes))
    places = [box.x for box in drawn.boxes]
    assert min(places) >= MARGIN and max(places) + WIDTH <= drawn.width - MARGIN
