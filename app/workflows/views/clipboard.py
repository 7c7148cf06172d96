"""Duplicate, copy, cut and paste steps, also from one workflow to another."""

from __future__ import annotations

from flask import Response, request

from app.core.i18n import ngettext
from app.team.permissions import Permission, current_actor, requires
from app.workflows.operations import drafts
from app.workflows.operations.drafts import FlowChanged
from app.workflows.views.blueprint import blueprint
from app.workflows.views.editing import load
from app.workflows.views.editor import show_changed, shown_with
from app.workflows.views.flow import opened
from app.workflows.views.telling import tell_apart


@blueprint.post("/<int:workflow_id>/steps/<node_id>/duplicate")
@requires(Permission.WORKFLOWS)
def duplicate_node(workflow_id: int, node_id: str) -> Response:
    """Add a copy of a step, and open its form."""
    try:
        node = drafts.duplicate_node(workflow_id, node_id, seen=_stamp(), actor=current_actor())
    except FlowChanged as error:
        return show_changed(workflow_id, error)
    return opened(workflow_id, node)


@blueprint.post("/<int:workflow_id>/steps/<node_id>/copy")
@requires(Permission.WORKFLOWS)
def copy_node(workflow_id: int, node_id: str) -> Response:
    """Keep a step, with `following` also what follows, to be pasted."""
    is_all = "following" in request.form
    number = drafts.copy_node(workflow_id, node_id, with_following=is_all, actor=current_actor())
    return shown_with(
        workflow_id,
        ngettext(
            "%(num)s step is copied. Paste it at any +.", "%(num)s steps are copied. Paste them at any +.", number
        ),
    )


@blueprint.post("/<int:workflow_id>/steps/<node_id>/cut")
@requires(Permission.WORKFLOWS)
def cut_node(workflow_id: int, node_id: str) -> Response:
    """Take a step, with `following` also what follows, out of the flow, to be pasted."""
    is_all, before = "following" in request.form, load(workflow_id).graph
    try:
        number = drafts.cut_node(workflow_id, node_id, with_following=is_all, seen=_stamp(), actor=current_actor())
    except FlowChanged as error:
        return show_changed(workflow_id, error)
    tell_apart(before, load(workflow_id).graph)
    return shown_with(
        workflow_id,
        ngettext("%(num)s step is cut. Paste it at any +.", "%(num)s steps are cut. Paste them at any +.", number),
    )


@blueprint.post("/<int:workflow_id>/paste")
@requires(Permission.WORKFLOWS)
def paste(workflow_id: int) -> Response:
    """Add what was copied last, and open the form of its first step."""
    after, exit_name = request.values.get("after", ""), request.values.get("exit", "")
    try:
        node = drafts.paste(workflow_id, after, exit_name, seen=_stamp(), actor=current_actor())
    except FlowChanged as error:
        return show_changed(workflow_id, error)
    return opened(workflow_id, node, is_new=False)


def _stamp() -> str:
    return request.form.get("stamp", "")
