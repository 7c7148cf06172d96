"""The versions of a workflow: their list, two of them side by side, and an old one restored."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.db import db
from app.core.i18n import _
from app.core.identifiers import row_number
from app.core.pages import PagePosition, placed
from app.line.access import visible_accounts
from app.team.permissions import Permission, current_actor, requires
from app.team.queries import names_of
from app.workflows.definition.comparing import StepChange, compare
from app.workflows.definition.graph import Graph, read_graph
from app.workflows.definition.naming import names_in
from app.workflows.definition.summaries import summaries
from app.workflows.forms.start import ON_BLOCKS, RE_ENTRIES
from app.workflows.history.changes import CHANGE_COLOURS, CHANGES, sentences_of_change
from app.workflows.history.steps import node_name
from app.workflows.history.texts import other_texts
from app.workflows.models import Workflow, WorkflowStatus, WorkflowVersion
from app.workflows.operations.drafts import FlowChanged, restore_version
from app.workflows.queries.drafts import draft_of, stamp_of
from app.workflows.queries.versions import version_for, versions_page
from app.workflows.queries.workflows import get_workflow
from app.workflows.views.blueprint import blueprint


@blueprint.get("/<int:workflow_id>/versions")
@requires(Permission.WORKFLOWS)
def versions(workflow_id: int) -> Response:
    """List the versions, the newest first."""
    return _list(get_workflow(workflow_id, current_actor()))


@blueprint.get("/<int:workflow_id>/versions/comparison")
@requires(Permission.WORKFLOWS)
def compare_versions(workflow_id: int) -> Response:
    """Show two versions side by side; the earlier one stands first."""
    workflow, actor = get_workflow(workflow_id, current_actor()), current_actor()
    asked = sorted(row_number(request.args.get(name, "")) or 0 for name in ("one", "other"))
    before, after = (version_for(workflow, number, actor) for number in asked)
    graphs = read_graph(before.graph), read_graph(after.graph)
    steps, names = compare(*graphs), (names_in(graphs[0]), names_in(graphs[1]))
    context = {
        **_shared(workflow, [before, after]),
        "before": before,
        "after": after,
        "steps": steps,
        "is_equal": all(one.change == StepChange.SAME for one in steps) and _start(graphs[0]) == _start(graphs[1]),
        "starts": [_start(one) for one in graphs],
        "changes": CHANGES,
        "colours": CHANGE_COLOURS,
        "texts_of": other_texts,
        "sentences": partial(sentences_of_change, names=names),
        "names": [
            partial(node_name, said=summaries(one.nodes, one.account_ids), names=of_steps)
            for one, of_steps in zip(graphs, names, strict=True)
        ],
    }
    return htmx.render("workflows/versions/compare.html", "workflows/versions/_comparison.html", **context)


@blueprint.post("/<int:workflow_id>/versions/<int:number>/restoration")
@requires(Permission.WORKFLOWS)
def restore_old_version(workflow_id: int, number: int) -> Response:
    """Make a version the working copy; what was not saved is replaced only as the member has seen it."""
    try:
        restore_version(workflow_id, number, seen=request.form.get("stamp", ""), actor=current_actor())
    except FlowChanged as error:
        db.session.rollback()
        htmx.toast(error.message, "error")
        return _list(get_workflow(workflow_id, current_actor()), 409)
    words = _("Version %(number)s is open in the editor. Press Save to make a new version of it.", number=number)
    return htmx.go(url_for("workflows.show", workflow_id=workflow_id), toast=words)


def _list(workflow: Workflow, status: int = 200) -> Response:
    place = PagePosition.asked_by(request.args)
    found = placed(versions_page(workflow, current_actor(), place), place)
    context = {**_shared(workflow, found.rows), "found": found}
    return htmx.render("workflows/versions/index.html", "workflows/versions/_list.html", status, **context)


def _shared(workflow: Workflow, shown: Sequence[WorkflowVersion]) -> dict[str, Any]:
    draft = draft_of(workflow.id)
    changed_by = draft.member_id if draft else None
    names = names_of({changed_by, *(one.member_id for one in shown)})
    return {
        "workflow": workflow,
        "draft": draft,
        "stamp": stamp_of(workflow, draft),
        "members": names,
        "changed_by": names.get(changed_by) if changed_by else None,
        "may_restore": workflow.status != WorkflowStatus.ARCHIVED,
    }


def _start(graph: Graph) -> list[str]:
    """Return what the Start node says: accounts, who may enter, and what a block does."""
    accounts = {one.id: one.name for one in visible_accounts(current_actor())}
    named = [accounts[one] for one in graph.account_ids if one in accounts]
    entry = graph.entry
    re_entry = str(RE_ENTRIES.get(entry.re_entry, entry.re_entry))
    days = f" ({entry.days})" if entry.days is not None else ""
    return [", ".join(named) or _("No account"), f"{re_entry}{days}", str(ON_BLOCKS.get(entry.on_block, ""))]
