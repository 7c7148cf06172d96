"""Start and Pause."""

from __future__ import annotations

from dataclasses import replace

from flask import Response, request

from app.core.i18n import _
from app.core.identifiers import posted_number
from app.team.permissions import Permission, current_actor, requires
from app.workflows.forms.life import HELD, StartForm
from app.workflows.hooks.checks import missing_addresses
from app.workflows.models import Workflow
from app.workflows.operations import life
from app.workflows.queries.drafts import draft_of, working_graph
from app.workflows.queries.starting import readiness
from app.workflows.queries.workflows import get_workflow, open_runs
from app.workflows.views.blueprint import blueprint
from app.workflows.views.questions import answered, ask


@blueprint.get("/<int:workflow_id>/start")
@requires(Permission.WORKFLOWS)
def starting(workflow_id: int) -> Response:
    """Ask, and name what keeps the workflow from being started."""
    return _ask_start(get_workflow(workflow_id, current_actor()), StartForm(formdata=None))


@blueprint.post("/<int:workflow_id>/start")
@requires(Permission.WORKFLOWS)
def start(workflow_id: int) -> Response:
    """Let the version that was saved last answer."""
    form, actor = StartForm(), current_actor()
    seen, held = posted_number(request.form.get("seen")) or None, form.held.data or ""
    asked = readiness(get_workflow(workflow_id, actor))
    if asked.standing and held not in HELD:
        form.held.errors = [_("Choose what becomes of them.")]
    if asked.hindrances or form.held.errors or not form.validate():
        return _ask_start(get_workflow(workflow_id, actor), form, 422)
    started = life.start(workflow_id, seen=seen, held=held, actor=actor)
    return answered(started, _("“%(name)s” is active. It responds to its triggers now.", name=started.name), "start")


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
    return answered(paused, _("“%(name)s” is paused. It responds to nothing now.", name=paused.name), "pause")


def _ask_start(workflow: Workflow, form: StartForm, status: int = 200) -> Response:
    ready, graph = readiness(workflow), working_graph(workflow, draft_of(workflow.id))
    warnings = [*ready.warnings, *missing_addresses(workflow.id, graph)]
    return ask("workflows/_start.html", workflow, status, form=form, ready=replace(ready, warnings=warnings))
