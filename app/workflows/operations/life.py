"""Create, save, start, pause, archive and delete workflows.

Saving makes a version; the version that was started last answers until Start is pressed again, or Pause.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import exists, func, select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.events import announce
from app.core.i18n import _, _l, listed
from app.core.names import clean_name, copy_name
from app.core.usage import usages_of
from app.folders.queries import get_folder
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.definition.descriptions import clean_description
from app.workflows.definition.graph import Graph, read_graph
from app.workflows.engine.accounts import set_accounts
from app.workflows.engine.answers import keep_questions
from app.workflows.engine.holding import cancel_runs, release_held
from app.workflows.engine.listening import listen, stop_listening
from app.workflows.events import GraphStored
from app.workflows.files import keep_files, release_files
from app.workflows.guarding import allowed_part, require_allowed
from app.workflows.models import (
    Workflow,
    WorkflowStatus,
    WorkflowVersion,
)
from app.workflows.owned import OWNED
from app.workflows.queries.choices import known_part, require_known
from app.workflows.queries.drafts import draft_of, working_graph
from app.workflows.queries.kind import WORKFLOWS
from app.workflows.queries.problems import WorkflowProblems, workflow_problems
from app.workflows.queries.workflows import get_version, get_workflow, latest_graph, open_runs

audit.describe(
    {
        "workflow.created": _l("created the workflow %(target)s"),
        "workflow.saved": _l("saved version %(number)s of the workflow %(target)s"),
        "workflow.started": _l("started version %(number)s of the workflow %(target)s"),
        "workflow.paused": _l("paused the workflow %(target)s"),
        "workflow.renamed": _l("renamed the workflow %(before)s to %(target)s"),
        "workflow.archived": _l("archived the workflow %(target)s"),
        "workflow.unarchived": _l("brought the workflow %(target)s back from the archive"),
        "workflow.copied": _l("copied the workflow %(source)s to %(target)s"),
        "workflow.deleted": _l("deleted the workflow %(target)s"),
    },
    {"workflow": _l("Workflow")},
)


class NotReady(Conflict):
    """The workflow cannot be started; the hindrances among its `problems` say why."""

    def __init__(self, problems: WorkflowProblems) -> None:
        super().__init__(_("The workflow cannot be started yet."))
        self.problems = problems


@operation(Permission.WORKFLOWS)
def create_workflow(
    name: str, description: str = "", *, folder_id: int | None = None, graph: Graph | None = None, actor: Actor
) -> Workflow:
    """Make a draft with a first version.

    Raises InvalidInput(name, description), NotFound for the folder, and NotAllowed for what the actor may not set up.
    """
    _check(Graph(), graph or Graph(), actor)
    return _created(name, description, folder_id, graph or Graph(), actor)


@operation(Permission.WORKFLOWS)
def create_from_template(
    name: str, description: str, graph: Graph, *, folder_id: int | None = None, actor: Actor
) -> Workflow:
    """Make a draft of what a template holds; what the actor may not set up is left empty, as in copies.

    Raises InvalidInput(name, description), and NotFound for the folder and for an account that is not the actor's.
    """
    return _created(name, description, folder_id, allowed_part(known_part(graph, actor), actor), actor)


@operation(Permission.WORKFLOWS)
def save_version(workflow_id: int, graph: Graph, *, seen: int, actor: Actor) -> WorkflowVersion:
    """Store the graph as the next version; an active workflow goes on with the one that was started.

    `seen` is the revision that the member saw. Raises NotFound, also for an account that is not the actor's, NotAllowed
    for what they may not set up and what does not stand in the working copy, and Conflict when another member has saved
    since.
    """
    workflow = get_workflow(workflow_id, actor, lock=True)
    if workflow.revision != seen:
        raise Conflict(_l("Another member has changed this workflow since you opened it."))
    stored = get_version(workflow)
    if stored.graph == graph.as_json():
        return stored
    _check(working_graph(workflow, draft_of(workflow.id)), graph, actor)
    version = _add_version(workflow, graph, actor)
    audit.record(actor, "workflow.saved", target=workflow, number=version.number)
    return version


@operation(Permission.WORKFLOWS)
def start(workflow_id: int, *, seen: int | None = None, held: str = "", actor: Actor) -> Workflow:
    """Let the latest version answer from now on.

    `held` says what becomes of runs that stand still since the pause: "go_on" or "cancel"; Conflict where there are
    some and it says neither. Missed events are not made up for. Raises NotReady, NotFound, and Conflict for an
    archived workflow or one that was changed since it was `seen`.
    """
    workflow = get_workflow(workflow_id, actor, lock=True)
    if workflow.status == WorkflowStatus.ARCHIVED:
        raise Conflict(_l("An archived workflow cannot be started. Bring it back first."))
    if seen is not None and workflow.revision != seen:
        raise Conflict(_l("Another member has changed this workflow since you opened it."))
    version = get_version(workflow)
    graph = read_graph(version.graph)
    problems = workflow_problems(workflow, draft_of(workflow.id))
    if problems.hindrances:
        raise NotReady(problems)
    was_active = workflow.status == WorkflowStatus.ACTIVE
    if not was_active:
        _settle_held(workflow, held)
    workflow.status, workflow.active_version = WorkflowStatus.ACTIVE, version.number
    workflow.started_at, workflow.paused_at = now(), None
    workflow.re_entry, workflow.re_entry_days = graph.entry.re_entry, graph.entry.days
    workflow.on_block = graph.entry.on_block
    listen(workflow, version, graph)
    audit.record(actor, "workflow.started", target=workflow, number=version.number)
    return workflow


@operation(Permission.WORKFLOWS)
def pause(workflow_id: int, *, actor: Actor) -> Workflow:
    """Stop answering: no new runs, and those under way stand still where they are. Raises NotFound, Conflict."""
    workflow = get_workflow(workflow_id, actor, lock=True)
    if workflow.status != WorkflowStatus.ACTIVE:
        raise Conflict(_l("The workflow is not active."))
    workflow.status, workflow.paused_at = WorkflowStatus.INACTIVE, now()
    stop_listening(workflow.id)
    audit.record(actor, "workflow.paused", target=workflow)
    return workflow


@operation(Permission.WORKFLOWS)
def rename(workflow_id: int, name: str, description: str, *, actor: Actor) -> Workflow:
    """Change name and description. Raises InvalidInput, NotFound."""
    workflow = get_workflow(workflow_id, actor, lock=True)
    before, workflow.name, workflow.description = workflow.name, clean_name(name), clean_description(description)
    if workflow.name != before:
        audit.record(actor, "workflow.renamed", target=workflow, before=before)
    _touch(workflow, actor)
    return workflow


@operation(Permission.WORKFLOWS)
def archive(workflow_id: int, *, actor: Actor) -> Workflow:
    """Put a workflow that is not active away; its runs that stand still are cancelled. Raises NotFound, Conflict."""
    workflow = get_workflow(workflow_id, actor, lock=True)
    if workflow.status == WorkflowStatus.ACTIVE:
        raise Conflict(_l("Pause the workflow first."))
    if workflow.status != WorkflowStatus.ARCHIVED:
        cancel_runs(workflow.id)
        workflow.status = WorkflowStatus.ARCHIVED
        audit.record(actor, "workflow.archived", target=workflow)
    return workflow


@operation(Permission.WORKFLOWS)
def unarchive(workflow_id: int, *, actor: Actor) -> Workflow:
    """Bring a workflow back from the archive; it has to be started again. Raises NotFound."""
    workflow = get_workflow(workflow_id, actor, lock=True)
    if workflow.status == WorkflowStatus.ARCHIVED:
        workflow.status = WorkflowStatus.INACTIVE if workflow.active_version else WorkflowStatus.DRAFT
        audit.record(actor, "workflow.unarchived", target=workflow)
    return workflow


@operation(Permission.WORKFLOWS)
def duplicate(workflow_id: int, *, actor: Actor) -> Workflow:
    """Copy a workflow's latest version and settings into a new draft; what the actor may not set up is left empty.

    Raises NotFound, Conflict.
    """
    source = get_workflow(workflow_id, actor)
    copy = Workflow(
        name=_copy_name(source),
        description=source.description,
        folder_id=source.folder_id,
        updated_by=actor.member_id,
    )
    db.session.add(copy)
    db.session.flush()
    _add_version(copy, allowed_part(known_part(latest_graph(source), actor), actor), actor)
    audit.record(actor, "workflow.copied", target=copy, source=source.name)
    return copy


@operation(Permission.WORKFLOWS)
def delete_workflow(workflow_id: int, *, actor: Actor) -> str:
    """Delete a workflow with its runs and history; returns its name.

    Raises NotFound, and Conflict for an active one and, by name, while something holds it.
    """
    workflow = get_workflow(workflow_id, actor, lock=True)
    if workflow.status == WorkflowStatus.ACTIVE:
        raise Conflict(_l("Pause the workflow first."))
    holding = [f"{usage.kind}: {usage.name}" for usage in usages_of("workflow", workflow.id, actor) if usage.holds]
    if holding:
        raise Conflict(_("This workflow cannot be deleted while it is used by: %(names)s", names=listed(holding)))
    audit.record(actor, "workflow.deleted", target=workflow)
    release_files(workflow.id)
    for remove in OWNED.values():
        remove(workflow.id)
    db.session.delete(workflow)
    db.session.flush()
    return workflow.name


def _created(name: str, description: str, folder_id: int | None, graph: Graph, actor: Actor) -> Workflow:
    workflow = Workflow(name=clean_name(name), description=clean_description(description), updated_by=actor.member_id)
    workflow.folder_id = get_folder(None, WORKFLOWS, folder_id).id if folder_id else None
    db.session.add(workflow)
    db.session.flush()
    _add_version(workflow, graph, actor)
    audit.record(actor, "workflow.created", target=workflow)
    return workflow


def _check(before: Graph, after: Graph, actor: Actor) -> None:
    require_allowed(before, after, actor)
    require_known(before, after, actor)


def _copy_name(source: Workflow) -> str:
    def is_taken(name: str) -> bool:
        same = func.same_look(Workflow.name) == func.same_look(name)
        return bool(db.session.scalar(select(exists().where(same))))

    if (name := copy_name(source.name, is_taken)) is None:
        raise Conflict(_l("There are too many copies of this workflow."))
    return name


def _settle_held(workflow: Workflow, held: str) -> None:
    if not open_runs(workflow.id):
        return
    if held == "go_on":
        release_held(workflow.id)
    elif held == "cancel":
        cancel_runs(workflow.id)
    else:
        raise Conflict(_l("Runs of this workflow stand still since the pause. Choose whether they go on."))


def _add_version(workflow: Workflow, graph: Graph, actor: Actor) -> WorkflowVersion:
    _check_accounts(graph.account_ids, actor)
    workflow.latest_version = (workflow.latest_version or 0) + 1
    version = WorkflowVersion(
        workflow_id=workflow.id, number=workflow.latest_version, graph=graph.as_json(), member_id=actor.member_id
    )
    db.session.add(version)
    keep_questions(workflow.id, graph)
    set_accounts(workflow, graph.account_ids)
    _touch(workflow, actor)
    keep_files(workflow.id)
    announce(GraphStored(account_ids=graph.account_ids, graph=version.graph))
    return version


def _check_accounts(account_ids: Collection[int], actor: Actor) -> None:
    if any(not actor.may_see_account(one) for one in account_ids):
        raise NotFound


def _touch(workflow: Workflow, actor: Actor) -> None:
    workflow.revision = (workflow.revision or 0) + 1
    workflow.updated_at, workflow.updated_by = now(), actor.member_id
    db.session.flush()
