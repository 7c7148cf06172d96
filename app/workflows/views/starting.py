"""Start and Pause."""

from __future__ import annotations

from flask import Response, request

from app.core import htmx
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _
from app.core.identifiers import posted_number
from app.team.permissions import Permission, current_actor, requires
from app.workflows.forms.life import HELD, StartForm
from app.workflows.models import Workflow
from app.workflows.operations import life
from app.workflows.operations.drafts import FlowChanged, save_draft
from app.workflows.queries.starting import readiness
from app.workflows.queries.workflows import get_workflow, open_runs
from app.workflows.views.blueprint import blueprint
from app.workflows.views.questions import answered_in_place, ask, is_editor, with_editor


@blueprint.get("/<int:workflow_id>/start")
@requires(Permission.WORKFLOWS)
def starting(workflow_id: int) -> Response:
    """Ask, and name what keeps the workflow from being started."""
    return _ask_start(get_workflow(workflow_id, current_actor()), StartForm(formdata=None))


@blueprint.post("/<int:workflow_id>/start")
@requires(Permission.WORKFLOWS)
def start(workflow_id: int) -> Response:
    """Let the version that was saved last answer; with `save`, make that version and ask again."""
    if "save" in request.form:
        return _save(workflow_id)
    form, actor = StartForm(), current_actor()
    seen, held = posted_number(request.form.get("seen")) or None, form.held.data or ""
    asked = readiness(get_workflow(workflow_id, actor))
    if asked.standing and held not in HELD:
        form.held.errors = [_("Choose what becomes of them.")]
    if asked.problems.hindrances or form.held.errors or not form.validate():
        return _ask_start(get_workflow(workflow_id, actor), form, 422)
    started = life.start(workflow_id, seen=seen, held=held, actor=actor)
    words = _("“%(name)s” is active. It responds to its triggers now.", name=started.name)
    return answered_in_place(started, words, "start")


@blueprint.get("/<int:workflow_id>/pause")
@requires(Permission.WORKFLOWS)
def pausing(workflow_id: int) -> Response:
    """Ask, and tell what happens to the runs under way."""
    workflow = get_workflow(workflow_id, current_actor())
    return ask("workflows/_pause.html", workflow, runs=open_runs(workflow.id))


@blueprint.post("/<int:workflow_id>/pause")
@requires(Permission.WORKFLOWS)
def pause(workflow_id: int) -> Response:
    """Let it answer nothing."""
    paused = life.pause(workflow_id, actor=current_actor())
    words = _("“%(name)s” is paused. It responds to nothing now.", name=paused.name)
    return answered_in_place(paused, words, "pause")


def _save(workflow_id: int) -> Response:
    form, actor = StartForm(formdata=None), current_actor()
    try:
        save_draft(workflow_id, seen=request.form.get("stamp", ""), actor=actor)
    except FlowChanged as error:
        db.session.rollback()
        form.refuse(InvalidInput({"": error.message}))
        return _ask_start(get_workflow(workflow_id, actor), form, 409)
    response = _ask_start(get_workflow(workflow_id, actor), form)
    if not htmx.is_fragment():
        return response
    if is_editor(workflow_id):
        with_editor(response, workflow_id)
    return htmx.with_trigger(response, "workflows-changed")


def _ask_start(workflow: Workflow, form: StartForm, status: int = 200) -> Response:
    return ask("workflows/_start.html", workflow, status, form=form, ready=readiness(workflow))
