"""Edit the working copy of a workflow, save it as a version, or throw it away.

Changes of the flow name the `stamp` of the state that the member saw, changes of a step the digest of its settings, so
that windows in which the same is edited never overwrite each other without knowing. The member who made the last
change holds the working copy for some minutes; another one takes over before they change it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from secrets import token_hex
from typing import Any

from sqlalchemy import delete, or_, select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.events import announce
from app.core.i18n import Text, _l
from app.line.models import Account
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.team.queries import names_of
from app.workflows.definition import copying, editing, moving
from app.workflows.definition.graph import EntryRules, Graph, Node, read_graph
from app.workflows.definition.removing import Removal, removed
from app.workflows.events import GraphStored
from app.workflows.files import keep_files
from app.workflows.guarding import require_allowed
from app.workflows.models import (
    Workflow,
    WorkflowClipboard,
    WorkflowDraft,
    WorkflowDraftState,
    WorkflowStatus,
    WorkflowVersion,
)
from app.workflows.operations.life import save_version
from app.workflows.queries.choices import require_known
from app.workflows.queries.drafts import (
    clipboard_of,
    digest_of,
    draft_of,
    other_editor,
    stamp_of,
    state_of,
    working_graph,
)
from app.workflows.queries.versions import version_for
from app.workflows.queries.workflows import get_workflow

audit.describe({"workflow.discarded": _l("discarded the unsaved changes of the workflow %(target)s")})
Edit = Callable[[Graph], Graph]
# How many states a working copy keeps.
MOST_STATES = 50


CHANGED = _l("The workflow was changed in another window or by another member. This is how it is now.")


class FlowChanged(Conflict):
    """Another member, or another window, has changed the flow since it was shown."""

    def __init__(self, message: Text = CHANGED) -> None:
        super().__init__(message)


class BeingEdited(FlowChanged):
    """Another member is editing the workflow; a member who wants to change it takes over first."""

    def __init__(self, member_id: int) -> None:
        name = names_of([member_id]).get(member_id, "")
        super().__init__(_l("%(name)s is editing this workflow. Take over to change it yourself.", name=name))


class StepChanged(Conflict):
    """Another member, or another window, has changed this step since its form was opened."""

    def __init__(self) -> None:
        super().__init__(_l("This step was changed in another window or by another member since you opened it."))


@operation(Permission.WORKFLOWS)
def add_trigger(workflow_id: int, kind: str, settings: Mapping[str, Any], *, seen: str, actor: Actor) -> Node:
    """Add a trigger below the Start node. Raises NotFound, Conflict."""
    return _added(workflow_id, lambda graph: editing.with_trigger(graph, kind, settings), seen, actor)


@operation(Permission.WORKFLOWS)
def add_action(
    workflow_id: int, kind: str, settings: Mapping[str, Any], after: str, exit_name: str, *, seen: str, actor: Actor
) -> Node:
    """Add an action at an exit of a node; what was there follows it. Raises NotFound, NotAllowed, Conflict."""
    return _added(workflow_id, lambda graph: editing.with_action(graph, kind, settings, after, exit_name), seen, actor)


@operation(Permission.WORKFLOWS)
def remove_node(workflow_id: int, node_id: str, *, extent: Removal = Removal.ALONE, seen: str, actor: Actor) -> None:
    """Remove a node, and of what stands below it as much as the extent says. Raises NotFound, Conflict."""
    _edit(workflow_id, lambda graph: removed(graph, node_id, extent), seen, actor)


@operation(Permission.WORKFLOWS)
def move_node(workflow_id: int, node_id: str, *, up: bool, seen: str, actor: Actor) -> None:
    """Swap a node with the one above or below it. Raises NotFound, Conflict."""
    _edit(workflow_id, lambda graph: editing.moved(graph, node_id, up=up), seen, actor)


@operation(Permission.WORKFLOWS)
def move_to(
    workflow_id: int, node_id: str, after: str, exit_name: str, *, with_following: bool, seen: str, actor: Actor
) -> None:
    """Put a node, or with it all that only it leads to, at an exit. Raises NotFound, and Conflict for a way back."""

    def move(graph: Graph) -> Graph:
        return moving.moved_to(graph, node_id, after, exit_name, with_following=with_following)

    _edit(workflow_id, move, seen, actor)


@operation(Permission.WORKFLOWS)
def connect(workflow_id: int, node_id: str, exit_name: str, target: str | None, *, seen: str, actor: Actor) -> None:
    """Let an exit lead to a node that is there, or nowhere. Raises NotFound, and Conflict for a way back."""

    def lead(graph: Graph) -> Graph:
        if target is None:
            return editing.disconnected(graph, node_id, exit_name)
        return editing.connected_to(graph, node_id, exit_name, target)

    _edit(workflow_id, lead, seen, actor)


@operation(Permission.WORKFLOWS)
def change_settings(workflow_id: int, node_id: str, settings: Mapping[str, Any], *, seen: str, actor: Actor) -> Node:
    """Change what a node does. `seen` is the digest of its settings that the member saw.

    Raises NotFound, StepChanged, NotAllowed for what the actor may not set up, and Conflict for a node that is not
    there any more.
    """
    changed: list[Node] = []

    def change(graph: Graph) -> Graph:
        found = graph.node(node_id)
        if found is not None and digest_of(found) != seen and dict(found.settings) != dict(settings):
            raise StepChanged
        after = editing.with_settings(graph, node_id, settings)
        changed.append(after.by_id[node_id])
        return after

    _edit(workflow_id, change, None, actor)
    if "content" in settings:
        keep_files(workflow_id)
    return changed[0]


@operation(Permission.WORKFLOWS)
def change_start(workflow_id: int, account_ids: Collection[int], entry: EntryRules, *, seen: str, actor: Actor) -> None:
    """Choose the accounts that the workflow answers for, and who may enter. Raises NotFound, StepChanged, Conflict."""
    if any(not actor.may_see_account(one) for one in account_ids):
        raise NotFound

    def change(graph: Graph) -> Graph:
        changed = replace(graph, account_ids=tuple(sorted(account_ids)), entry=entry)
        if digest_of(graph) != seen and changed != graph:
            raise StepChanged
        return changed

    _edit(workflow_id, change, None, actor)


@operation(Permission.WORKFLOWS)
def save_draft(workflow_id: int, *, seen: str, actor: Actor) -> WorkflowVersion | None:
    """Make a version of the working copy; None where there is nothing to save. Raises NotFound, FlowChanged."""
    workflow, draft = _locked(workflow_id, seen, actor)
    if draft is None:
        return None
    if draft.base_version != workflow.latest_version:
        raise FlowChanged
    graph = _with_known_accounts(working_graph(workflow, draft))
    version = save_version(workflow_id, graph, seen=workflow.revision, actor=actor)
    db.session.delete(draft)
    db.session.flush()
    return version


@operation(Permission.WORKFLOWS)
def discard_draft(workflow_id: int, *, seen: str, actor: Actor) -> None:
    """Go back to the version that was saved last. Raises NotFound, FlowChanged."""
    workflow, draft = _locked(workflow_id, seen, actor)
    if draft is not None:
        db.session.delete(draft)
        db.session.flush()
        keep_files(workflow.id)
        audit.record(actor, "workflow.discarded", target=workflow)


@operation(Permission.WORKFLOWS)
def take_over(workflow_id: int, *, actor: Actor) -> None:
    """Let the actor edit instead of the member who does now. Raises NotFound."""
    workflow = get_workflow(workflow_id, actor, lock=True)
    draft = draft_of(workflow.id, lock=True)
    if draft is not None:
        draft.member_id, draft.changed_at = actor.member_id, now()
        db.session.flush()


@operation(Permission.WORKFLOWS)
def duplicate_node(workflow_id: int, node_id: str, *, seen: str, actor: Actor) -> Node:
    """Add a copy of a node below it. Raises NotFound, NotAllowed, Conflict."""
    return _added(workflow_id, lambda graph: copying.duplicated(graph, node_id), seen, actor)


@operation(Permission.WORKFLOWS)
def copy_node(workflow_id: int, node_id: str, *, with_following: bool, actor: Actor) -> int:
    """Keep a node, or with it all that only it leads to, to be pasted; returns how many. Raises NotFound, Conflict."""
    workflow = get_workflow(workflow_id, actor)
    draft = draft_of(workflow.id)
    nodes = copying.copied(working_graph(workflow, draft), node_id, with_following=with_following)
    if actor.member_id is not None:
        db.session.merge(WorkflowClipboard(member_id=actor.member_id, nodes=[one.as_json() for one in nodes]))
    return len(nodes)


@operation(Permission.WORKFLOWS)
def cut_node(workflow_id: int, node_id: str, *, with_following: bool, seen: str, actor: Actor) -> int:
    """Copy a node, or with it all that only it leads to, and remove it; returns how many. Raises NotFound, Conflict."""
    number = copy_node(workflow_id, node_id, with_following=with_following, actor=actor)
    extent = Removal.FOLLOWING if with_following else Removal.ALONE
    remove_node(workflow_id, node_id, extent=extent, seen=seen, actor=actor)
    return number


@operation(Permission.WORKFLOWS)
def paste(workflow_id: int, after: str, exit_name: str, *, seen: str, actor: Actor) -> Node:
    """Add what the member has copied last at an exit, or a trigger where `after` is empty.

    Raises NotFound, NotAllowed, Conflict.
    """
    nodes = clipboard_of(actor.member_id)
    node = _added(workflow_id, lambda graph: copying.with_pasted(graph, nodes, after, exit_name), seen, actor)
    keep_files(workflow_id)
    return node


@operation(Permission.WORKFLOWS)
def undo(workflow_id: int, *, seen: str, actor: Actor) -> None:
    """Take the last change back. Raises NotFound, FlowChanged, and Conflict where there is none."""
    _go(workflow_id, -1, seen, actor)


@operation(Permission.WORKFLOWS)
def redo(workflow_id: int, *, seen: str, actor: Actor) -> None:
    """Make the change that was taken back last. Raises NotFound, FlowChanged, and Conflict where there is none."""
    _go(workflow_id, 1, seen, actor)


def _go(workflow_id: int, steps: int, seen: str, actor: Actor) -> None:
    workflow, draft = _locked(workflow_id, seen, actor)
    state = state_of(draft, steps)
    if draft is None or state is None or workflow.status == WorkflowStatus.ARCHIVED:
        raise Conflict(_l("There is nothing to undo.") if steps < 0 else _l("There is nothing to redo."))
    before, graph = working_graph(workflow, draft), read_graph(state.graph)
    if any(not actor.may_see_account(one) for one in graph.account_ids):
        raise NotFound
    require_allowed(before, graph, actor)
    require_known(before, graph, actor)
    _keep(draft, graph, state.number, actor)


def _added(workflow_id: int, add: Callable[[Graph], tuple[Graph, Node]], seen: str, actor: Actor) -> Node:
    made: list[Node] = []

    def edit(graph: Graph) -> Graph:
        changed, node = add(graph)
        made.append(node)
        return changed

    _edit(workflow_id, edit, seen, actor)
    return made[0]


@operation(Permission.WORKFLOWS)
def restore_version(workflow_id: int, number: int, *, seen: str, actor: Actor) -> None:
    """Make a version the working copy, in place of what was not saved. Raises NotFound, Conflict, NotAllowed."""
    version = version_for(get_workflow(workflow_id, actor), number, actor)
    _edit(workflow_id, lambda _before: read_graph(version.graph), seen, actor)
    keep_files(workflow_id)


def _edit(workflow_id: int, edit: Edit, seen: str | None, actor: Actor) -> None:
    workflow, draft = _locked(workflow_id, seen, actor)
    if workflow.status == WorkflowStatus.ARCHIVED:
        raise Conflict(_l("An archived workflow cannot be changed. Bring it back first."))
    before = working_graph(workflow, draft)
    graph = edit(before)
    if graph == before:
        return
    require_allowed(before, graph, actor)
    require_known(before, graph, actor)
    if draft is None:
        draft = WorkflowDraft(workflow_id=workflow.id, base_version=workflow.latest_version, state=0)
        _keep(draft, before, 0, actor)
        db.session.add(WorkflowDraftState(workflow_id=workflow.id, number=0, graph=draft.graph))
    _keep(draft, graph, draft.state + 1, actor)
    states = delete(WorkflowDraftState).where(WorkflowDraftState.workflow_id == workflow.id)
    number = WorkflowDraftState.number
    db.session.execute(states.where(or_(number >= draft.state, number <= draft.state - MOST_STATES)))
    db.session.add(WorkflowDraftState(workflow_id=workflow.id, number=draft.state, graph=draft.graph))
    db.session.flush()


def _keep(draft: WorkflowDraft, graph: Graph, state: int, actor: Actor) -> None:
    stored = _with_known_accounts(graph).as_json()
    draft.graph, draft.stamp, draft.state = stored, token_hex(8), state
    draft.member_id, draft.changed_at = actor.member_id, now()
    db.session.add(draft)
    db.session.flush()
    announce(GraphStored(account_ids=graph.account_ids, graph=stored))


def _locked(workflow_id: int, seen: str | None, actor: Actor) -> tuple[Workflow, WorkflowDraft | None]:
    workflow = get_workflow(workflow_id, actor, lock=True)
    draft = draft_of(workflow.id, lock=True)
    if other := other_editor(draft, actor.member_id):
        raise BeingEdited(other)
    if seen is not None and seen != stamp_of(workflow, draft):
        raise FlowChanged
    return workflow, draft


def _with_known_accounts(graph: Graph) -> Graph:
    """Leave out accounts that have been removed from the workspace."""
    known = set(db.session.scalars(select(Account.id).where(Account.id.in_(graph.account_ids))))
    return replace(graph, account_ids=tuple(one for one in graph.account_ids if one in known))
