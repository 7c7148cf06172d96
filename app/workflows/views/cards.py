"""Which cards of a drawn flow a change of one step has changed, so that only they are sent and drawn again."""

from __future__ import annotations

import re
from typing import Any

from flask import request

from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import exits_of
from app.workflows.views.editing import WorkflowEditing, editor_context, load

# Ids that stand in a selector as they are; those of imported files may be anything.
PLAIN = re.compile(r"[\w-]+")


def shown_now(editing: WorkflowEditing) -> WorkflowEditing | None:
    """Return this state if the page shows it, to a member who may change it; it is asked before the change.

    Not the saved one: what stands above the flow tells that there are changes.
    """
    is_shown = request.form.get("shown") == editing.stamp and not editing.is_fixed
    return editing if is_shown and editing.draft else None


def change_context(workflow_id: int, shown: WorkflowEditing | None) -> dict[str, Any]:
    """Return what templates of the flow receive after a change; `cards` are the steps to be drawn again, None for all.

    `shown` is the state that the page still shows, where that is known.
    """
    after = load(workflow_id)
    return {**editor_context(after), "cards": changed_cards(shown, after) if shown else None}


def changed_cards(before: WorkflowEditing, after: WorkflowEditing) -> list[Node] | None:
    """Return the steps whose cards say something else; None where lines, numbers or names of exits have changed."""
    if _shape(before.graph) != _shape(after.graph):
        return None
    said, says = _said(before), _said(after)
    changed = [node for node in after.graph.nodes if said[node.id] != says[node.id]]
    return changed if all(PLAIN.fullmatch(node.id) for node in changed) else None


def _shape(graph: Graph) -> Any:
    exits = {one.id: [(way.name, str(way.label)) for way in exits_of(one)] for one in graph.nodes}
    return graph.account_ids, [(one.id, one.kind, dict(one.exits), exits[one.id]) for one in graph.nodes]


def _said(editing: WorkflowEditing) -> dict[str, Any]:
    return {one.id: (str(editing.summaries.get(one.id, "")), _problems(editing, one)) for one in editing.graph.nodes}


def _problems(editing: WorkflowEditing, node: Node) -> list[tuple[str, bool]]:
    return [(str(one.problem.message), one.is_warning) for one in editing.problems.by_node.get(node.id, ())]
