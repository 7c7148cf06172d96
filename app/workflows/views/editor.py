"""The editor's page: the workflow as a list of steps, Save and Discard."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from app.core import htmx
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import _
from app.team.permissions import Permission, current_actor, requires
from app.workflows.operations import drafts
from app.workflows.operations.drafts import FlowChanged, discard_draft, save_draft
from app.workflows.queries.drafts import draft_of, stamp_of
from app.workflows.queries.workflows import get_workflow
from app.workflows.views.blueprint import blueprint
from app.workflows.views.editing import editor_context, editor_url, load, other_editor_name, panel_url


@blueprint.get("/<int:workflow_id>")
@requires(Permission.WORKFLOWS)
def show(workflow_id: int) -> Response:
    return page(workflow_id)


@blueprint.post("/<int:workflow_id>/save")
@requires(Permission.WORKFLOWS)
def save(workflow_id: int) -> Response:
    """Make a version of what was edited."""
    try:
        version = save_draft(workflow_id, seen=request.form.get("stamp", ""), actor=current_actor())
    except FlowChanged as error:
        return show_changed(workflow_id, error)
    workflow = get_workflow(workflow_id, current_actor())
    if version is None:
        words = _("There is nothing to save.")
    elif workflow.active_version and workflow.status == "active":
        numbers = {"number": version.number, "active": workflow.active_version}
        words = _("Version %(number)s is saved. Version %(active)s answers until you press Start.", **numbers)
    else:
        words = _("Version %(number)s is saved. It is a draft until you press Start.", number=version.number)
    return shown_with(workflow_id, words)


@blueprint.post("/<int:workflow_id>/discard")
@requires(Permission.WORKFLOWS)
def discard(workflow_id: int) -> Response:
    """Go back to what was saved last."""
    try:
        discard_draft(workflow_id, seen=request.form.get("stamp", ""), actor=current_actor())
    except FlowChanged as error:
        return show_changed(workflow_id, error)
    return shown_with(workflow_id, _("The unsaved changes are discarded."))


@blueprint.post("/<int:workflow_id>/undo")
@requires(Permission.WORKFLOWS)
def undo(workflow_id: int) -> Response:
    """Take the last change of the working copy back."""
    return _go(workflow_id, drafts.undo)


@blueprint.post("/<int:workflow_id>/redo")
@requires(Permission.WORKFLOWS)
def redo(workflow_id: int) -> Response:
    """Make the change that was taken back last."""
    return _go(workflow_id, drafts.redo)


@blueprint.post("/<int:workflow_id>/editor")
@requires(Permission.WORKFLOWS)
def take_over(workflow_id: int) -> Response:
    """Let the member edit instead of the one who does now."""
    drafts.take_over(workflow_id, actor=current_actor())
    return _shown(workflow_id)


@blueprint.get("/<int:workflow_id>/now")
@requires(Permission.WORKFLOWS)
def watch(workflow_id: int) -> Response:
    """Show the flow to a page that shows another state of it, or another member as the one who edits."""
    try:
        workflow = get_workflow(workflow_id, current_actor())
    except NotFound:
        return _gone()
    draft = draft_of(workflow.id)
    state = stamp_of(workflow, draft), other_editor_name(draft) or ""
    if (request.args.get("stamp"), request.args.get("editor", "")) == state:
        return Response(status=204)
    return _shown(workflow_id)


def _go(workflow_id: int, change: Callable[..., None]) -> Response:
    try:
        change(workflow_id, seen=request.form.get("stamp", ""), actor=current_actor())
    except FlowChanged as error:
        return show_changed(workflow_id, error)
    return _shown(workflow_id)


def _shown(workflow_id: int) -> Response:
    return page(workflow_id) if htmx.is_fragment() else htmx.go(editor_url(workflow_id))


def _gone() -> Response:
    """Say on a page that stands open that there is no such workflow any more, which ends its questions."""
    if not htmx.is_fragment():
        raise NotFound
    return htmx.retarget(htmx.render("workflows/editor/gone.oob.html", status=404), "#workflow-notices", "innerHTML")


def shown_with(workflow_id: int, words: str) -> Response:
    """Show the editor and say what was done."""
    if not htmx.is_fragment():
        return htmx.go(editor_url(workflow_id), toast=words)
    htmx.toast(words)
    return page(workflow_id)


def page(workflow_id: int, status: int = 200) -> Response:
    """Return the whole editor, or for htmx the list with what else has changed on the page."""
    editing = load(workflow_id)
    context = {**editor_context(editing), "panel_url": panel_url(editing)}
    return htmx.render("workflows/editor/show.html", "workflows/editor/changed.oob.html", status, **context)


def show_changed(workflow_id: int, error: FlowChanged) -> Response:
    """Show the workflow as it is now, and say that it was changed."""
    db.session.rollback()
    htmx.toast(error.message, "error")
    return page(workflow_id, 409)
