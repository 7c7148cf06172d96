"""The page of one run: what came to pass step by step, and what a member can do with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response

from app.core import htmx
from app.core.errors import Conflict
from app.core.i18n import Text, _
from app.messages.preview.phone import phone
from app.team.permissions import Permission, check_any, current_actor, me, requires
from app.workflows.definition.summaries import summaries
from app.workflows.engine.loading import graph_of
from app.workflows.history.notes import shown
from app.workflows.history.steps import node_name, step_lines, trigger_words
from app.workflows.history.words import STATE_COLOURS, STATES, why
from app.workflows.models import Workflow, WorkflowRun, WorkflowRunState
from app.workflows.operations.runs import cancel_run, release_run, retry_run, skip_wait
from app.workflows.queries.runs import friends_by_id, get_run, send_of_run, steps_of, version_numbers
from app.workflows.queries.workflows import get_workflow
from app.workflows.views.runs import blueprint


@blueprint.get("/<int:run_id>")
@requires(Permission.WORKFLOWS)
def show(workflow_id: int, run_id: int) -> Response:
    return _page(workflow_id, run_id)


@blueprint.post("/<int:run_id>/cancellation")
@requires(Permission.WORKFLOWS)
def cancel(workflow_id: int, run_id: int) -> Response:
    return _do(cancel_run, workflow_id, run_id, _("The run was cancelled."))


@blueprint.post("/<int:run_id>/retry")
@requires(Permission.WORKFLOWS)
def retry(workflow_id: int, run_id: int) -> Response:
    """Let a failed run go on from the step that has failed."""
    return _do(retry_run, workflow_id, run_id, _("The run goes on from the step that has failed."))


@blueprint.post("/<int:run_id>/release")
@requires(Permission.WORKFLOWS)
def release(workflow_id: int, run_id: int) -> Response:
    """Let a run that stands still go on."""
    return _do(release_run, workflow_id, run_id, _("The run goes on."))


@blueprint.post("/<int:run_id>/skip")
@requires(Permission.WORKFLOWS)
def skip(workflow_id: int, run_id: int) -> Response:
    """Let a run that waits for a time go on at once."""
    return _do(skip_wait, workflow_id, run_id, _("The run goes on at once."))


@blueprint.get("/<int:run_id>/messages/<int:send_id>")
@requires(Permission.WORKFLOWS)
def message(workflow_id: int, run_id: int, send_id: int) -> Response:
    """Show exactly what the friend got, to members who may see friends."""
    check_any(Permission.FRIENDS)
    workflow = get_workflow(workflow_id, current_actor())
    run = get_run(workflow, run_id, current_actor())
    send = send_of_run(run, send_id)
    context: dict[str, Any] = {"workflow": workflow, "run": run, "send": send, "phone": phone(send.messages)}
    return htmx.render("workflows/runs/message.html", "workflows/runs/_message.html", **context)


def _do(change: Callable[..., Any], workflow_id: int, run_id: int, done: Text) -> Response:
    """Change the run and show it; what is not possible any more is said above it."""
    try:
        change(workflow_id, run_id, actor=current_actor())
    except Conflict as error:
        return _page(workflow_id, run_id, 409, str(error))
    htmx.toast(done)
    return _page(workflow_id, run_id)


def _page(workflow_id: int, run_id: int, status: int = 200, problem: str = "") -> Response:
    workflow = get_workflow(workflow_id, current_actor())
    run = get_run(workflow, run_id, current_actor())
    context = {"workflow": workflow, "run": run, "problem": problem, **_known(workflow, run)}
    return htmx.render("workflows/runs/show.html", "workflows/runs/_run.html", status, **context)


def _known(workflow: Workflow, run: WorkflowRun) -> dict[str, Any]:
    graph, shows_friend = graph_of(run.version_id), me().may(Permission.FRIENDS)
    trigger_node = graph.node(run.trigger_node)
    said = summaries([trigger_node], [run.account_id]) if trigger_node else {}
    return {
        "friend": friends_by_id([run.friend_id]).get(run.friend_id) if shows_friend else None,
        "shows_friend": shows_friend,
        "version": version_numbers([run.version_id]).get(run.version_id),
        "lines": step_lines(graph, run, steps_of(run.id), is_active=workflow.is_active, shows_friend=shows_friend),
        "trigger": node_name(str(run.trigger.get("kind", "")), trigger_node, said),
        "trigger_words": trigger_words(run.trigger) if shows_friend else "",
        "answers": {name: shown(value) for name, value in run.answers.items()} if shows_friend else {},
        "state": STATES[run.state],
        "colour": STATE_COLOURS[run.state],
        "why": why(run, is_active=workflow.is_active),
        "is_active": workflow.is_active,
        "is_moving": run.state == WorkflowRunState.RUNNING,
    }
