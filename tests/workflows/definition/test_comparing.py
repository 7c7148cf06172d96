"""Two graphs step by step: what was added, removed, changed and moved."""

from __future__ import annotations

from app.workflows.definition.comparing import ComparedStep, StepChange, compare
from app.workflows.definition.graph import Graph, Node


def graph(*nodes: Node) -> Graph:
    return Graph((1,), nodes)


def line(*names: str, **settings: object) -> Graph:
    """A trigger with tag steps below it; `settings` gives the tags of a step by its name."""
    ids = ["t", *names]
    nodes = [
        Node(one, "friend_add" if one == "t" else "tag", {"tags": settings[one]} if one in settings else {}, exits)
        for one, exits in zip(ids, [*({"next": one} for one in names), {}], strict=True)
    ]
    return graph(*nodes)


def changes(found: list[ComparedStep]) -> list[tuple[str, str]]:
    return [((one.after or one.before or Node("", "")).id, one.change.value) for one in found if one.change != "same"]


def test_equal_graphs_have_no_change() -> None:
    assert {one.change for one in compare(line("a", "b"), line("a", "b"))} == {StepChange.SAME}


def test_a_step_in_between_is_added_and_its_neighbours_stay_as_they_were() -> None:
    assert changes(compare(line("a", "b"), line("a", "new", "b"))) == [("new", "added")]


def test_a_removed_step_stands_at_its_place() -> None:
    found = compare(line("a", "b", "c"), line("a", "c"))
    assert [(one.change.value, (one.before or one.after or Node("", "")).id) for one in found] == [
        ("same", "t"),
        ("same", "a"),
        ("removed", "b"),
        ("same", "c"),
    ]


def test_changed_settings_are_named() -> None:
    [changed] = [one for one in compare(line("a", a=[1]), line("a", a=[2])) if one.change == StepChange.CHANGED]
    assert changed.settings == ["tags"]


def test_a_moved_step_stands_on_both_sides_and_says_what_else_changed() -> None:
    found = compare(line("a", "b", "c", a=[1]), line("b", "c", "a", a=[2]))
    moved = [one for one in found if one.change == StepChange.MOVED]
    assert [(one.before is None, one.after is None) for one in moved] == [(False, True), (True, False)]
    assert moved[1].settings == ["tags"]
    assert changes(found) == [("a", "moved"), ("a", "moved")]


def test_an_exit_that_leads_elsewhere_is_named() -> None:
    def split(other: dict[str, str]) -> Graph:
        return graph(
            Node("t", "friend_add", {}, {"next": "ask"}),
            Node("ask", "wait_for_event", {}, {"next": "a", **other}),
            Node("a", "tag", {}, {"next": "b"}),
            Node("b", "tag"),
        )

    [changed] = [one for one in compare(split({}), split({"timeout": "b"})) if one.change == StepChange.CHANGED]
    assert [(one.exit, one.before, (one.after or Node("", "")).id) for one in changed.ways] == [("timeout", None, "b")]
