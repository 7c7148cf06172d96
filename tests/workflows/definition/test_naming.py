"""What steps and their exits are called on pages."""

from __future__ import annotations

from flask import Flask

from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.naming import names_in

BRANCHES = {"branches": [{"name": "b1", "label": "Yes", "tests": [], "conditions": {}}]}
GRAPH = Graph(
    (),
    (
        Node("t", "friend_add", {}, {"next": "a"}),
        Node("a", "tag", {}, {"next": "b"}),
        Node("b", "branch", BRANCHES, {"b1": "c"}),
        Node("c", "tag", {}, {"error": "x"}),
        Node("x", "of another version", {}, {"next": "y", "odd": "z"}),
    ),
)


def test_steps_are_named_by_number_and_kind_and_exits_where_there_are_several(app: Flask) -> None:
    names, nodes = names_in(GRAPH), GRAPH.by_id
    assert [str(names.step(one)) for one in GRAPH.nodes] == [
        "Friend add",
        "1 · Tag",
        "2 · Conditional branch",
        "3 · Tag",
        "4 · Unknown step",
    ]
    assert names.exit(nodes["t"], "next") == "Friend add"
    # What comes after a step is after its only way on, unless its failures lead on as well.
    assert names.exit(nodes["a"], "next") == "1 · Tag"
    assert names.exit(nodes["a"], "error") == "1 · Tag, exit If it fails"
    assert names.exit(nodes["c"], "next") == "3 · Tag, exit If it works"
    assert names.exit(nodes["b"], "b1") == "2 · Conditional branch, exit Yes"
    assert names.exit(nodes["b"], "else") == "2 · Conditional branch, exit Else"
    assert names.exit(nodes["b"], "gone") == "2 · Conditional branch"
    assert names.exit(nodes["x"], "odd") == "4 · Unknown step, exit odd"
