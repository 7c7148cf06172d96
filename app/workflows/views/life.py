"""Rename, copy, archive and delete workflows."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Response

from app.core.i18n import _, sentences
from app.core.usage import usages_of
from app.team.permissions import Permission, current_actor, requires
from app.workflows.definition.graph import Graph
from app.workflows.definition.kinds import kind_of
from app.workflows.engine.happenings import WEBHOOK_RECEIVED
from app.workflows.forms.life import WorkflowForm
from app.workflows.guarding import may_set_up
from app.workflows.operations import life
from app.workflows.queries.workflows import get_workflow, latest_graph, open_runs
from app.workflows.views.blueprint import blueprint
from app.workflows.views.questions import answered, answered_in_place, ask


@blueprint.get("/<int:workflow_id>/name")
@requires(Permission.WORKFLOWS)
def naming(workflow_id: int) -> Response:
    """Ask for another name or description."""
    workflow = get_workflow(workflow_id, current_actor())
    return ask("workflows/_rename.html", workflow, form=WorkflowForm(obj=workflow))


@blueprint.post("/<int:workflow_id>/name")
@requires(Permission.WORKFLOWS)
def rename(workflow_id: int) -> Response:
    form, actor = WorkflowForm(), current_actor()
    given = form.name.data or "", form.description.data or ""
    if not form.submit(lambda: life.rename(workflow_id, *given, actor=actor)):
        return ask("workflows/_rename.html", get_workflow(workflow_id, actor), 422, form=form)
    return answered_in_place(get_workflow(workflow_id, actor), _("Saved."), "rename")


@blueprint.post("/<int:workflow_id>/copy")
@requires(Permission.WORKFLOWS)
def copy(workflow_id: int) -> Response:
    """Make a second one, as a draft."""
    made = life.duplicate(workflow_id, actor=current_actor())
    said = [_("The workflow was copied to “%(name)s”, as a draft.", name=made.name), *_left_out(latest_graph(made))]
    return answered(made, sentences(said))


def _left_out(graph: Graph) -> Iterator[str]:
    """Say what the copy does not have of the workflow that was copied."""
    if any(node.kind == WEBHOOK_RECEIVED for node in graph.nodes):
        yield _("Its incoming webhooks need addresses and keys of their own: make them in the steps.")
    if any(not may_set_up(kind_of(node), current_actor()) for node in graph.nodes):
        yield _("What its webhooks send, and where, was left out: a member who may export friends has to enter it.")


@blueprint.get("/<int:workflow_id>/archive")
@requires(Permission.WORKFLOWS)
def archiving(workflow_id: int) -> Response:
    """Ask, and tell which runs would end."""
    workflow = get_workflow(workflow_id, current_actor())
    return ask("workflows/_archive.html", workflow, runs=open_runs(workflow.id))


@blueprint.post("/<int:workflow_id>/archive")
@requires(Permission.WORKFLOWS)
def archive(workflow_id: int) -> Response:
    """Put it into the archive."""
    archived = life.archive(workflow_id, actor=current_actor())
    return answered(archived, _("“%(name)s” is in the archive now.", name=archived.name), "archive")


@blueprint.post("/<int:workflow_id>/restoration")
@requires(Permission.WORKFLOWS)
def restore(workflow_id: int) -> Response:
    """Take it out of the archive; it does not answer until it is started."""
    restored = life.unarchive(workflow_id, actor=current_actor())
    words = _("“%(name)s” is back in the list. It does not respond until you start it.", name=restored.name)
    return answered(restored, words)


@blueprint.get("/<int:workflow_id>/removal")
@requires(Permission.WORKFLOWS)
def removal(workflow_id: int) -> Response:
    """Ask, and name what waits and what relies on it."""
    workflow = get_workflow(workflow_id, current_actor())
    return ask(
        "workflows/_removal.html",
        workflow,
        runs=open_runs(workflow.id),
        usages=usages_of("workflow", workflow.id, current_actor()),
    )


@blueprint.post("/<int:workflow_id>/removal")
@requires(Permission.WORKFLOWS)
def remove(workflow_id: int) -> Response:
    name = life.delete_workflow(workflow_id, actor=current_actor())
    return answered(None, _("The workflow “%(name)s” was deleted.", name=name), "removal")
