"""What members do with single runs: cancel them, try failed ones again, let held ones go on, and end waits."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _l
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.definition.graph import NEXT, Node
from app.workflows.engine.accounts import keep_account
from app.workflows.engine.holding import cancel_runs
from app.workflows.engine.loading import graph_of
from app.workflows.engine.runs import RUNS, wake
from app.workflows.engine.saving import FAILED, RETRIED, count_days, count_nodes
from app.workflows.engine.spam import IS_SPAM, in_spam
from app.workflows.models import (
    ReEntry,
    Workflow,
    WorkflowEntry,
    WorkflowRun,
    WorkflowRunState,
    WorkflowStatus,
    WorkflowStep,
)
from app.workflows.queries.runs import get_run
from app.workflows.queries.workflows import get_workflow

audit.describe(
    {
        "workflow.run_cancelled": _l("cancelled run %(run)s of the workflow %(target)s"),
        "workflow.runs_cancelled": _l("cancelled the runs of the workflow %(target)s. Runs: %(runs)s"),
        "workflow.run_retried": _l("tried run %(run)s of the workflow %(target)s again"),
        "workflow.runs_exported": _l("exported the execution history of the workflow %(target)s as CSV"),
        "workflow.wait_skipped": _l("skipped the wait of run %(run)s of the workflow %(target)s"),
        "workflow.run_released": _l("let run %(run)s of the workflow %(target)s go on"),
    }
)


@operation(Permission.WORKFLOWS)
def cancel_run(workflow_id: int, run_id: int, *, actor: Actor) -> None:
    """End a run where it stands. Raises NotFound, and Conflict for one that has ended."""
    workflow = get_workflow(workflow_id, actor)
    run = get_run(workflow, run_id, actor, lock=True)
    if not cancel_runs(workflow.id, run.id):
        raise Conflict(_l("This run has ended already."))
    audit.record(actor, "workflow.run_cancelled", target=workflow, run=run.id)


@operation(Permission.WORKFLOWS)
def cancel_all(workflow_id: int, *, actor: Actor) -> int:
    """End every open run of a workflow; returns how many. Raises NotFound."""
    workflow = get_workflow(workflow_id, actor)
    cancelled = cancel_runs(workflow.id)
    if cancelled:
        audit.record(actor, "workflow.runs_cancelled", target=workflow, runs=cancelled)
    return cancelled


@operation(Permission.WORKFLOWS)
def retry_run(workflow_id: int, run_id: int, *, actor: Actor) -> None:
    """Let a failed run go on from the step that has failed, on the data of now.

    Raises NotFound, and Conflict for a run that has not failed, for a workflow that is not active, and where the friend
    has another run under way and may have only one at a time.
    """
    workflow, run = _of_active(workflow_id, run_id, actor)
    last = _last_step(run)
    node = _failed_node(run, last) if run.state == WorkflowRunState.FAILED else None
    if node is None:
        raise Conflict(_l("Only a run whose step has failed can be tried again."))
    if in_spam([run.friend_id]):
        raise Conflict(IS_SPAM)
    _require_room(workflow, run)
    run.state, run.node_id, run.ended_at = WorkflowRunState.RUNNING, node.id, None
    run.problem, run.problem_values, run.begun = None, {}, {}
    RUNS.order(run)
    keep_account(workflow.id, run.account_id)
    count_days(Counter({(workflow.id, WorkflowRunState.FAILED.value): -1}))
    if last is not None and last.result == FAILED and last.exit is None:
        _count_as_retried(run, last)
    audit.record(actor, "workflow.run_retried", target=workflow, run=run.id)
    wake()


@operation(Permission.WORKFLOWS)
def release_run(workflow_id: int, run_id: int, *, actor: Actor) -> None:
    """Let a run that stands still go on. Raises NotFound, and Conflict for one that does not stand still."""
    workflow, run = _of_active(workflow_id, run_id, actor)
    if run.state != WorkflowRunState.HELD:
        raise Conflict(_l("This run does not stand still."))
    run.state, run.problem, run.held_due_at = WorkflowRunState.RUNNING, None, None
    RUNS.order(run)
    audit.record(actor, "workflow.run_released", target=workflow, run=run.id)
    wake()


@operation(Permission.WORKFLOWS)
def skip_wait(workflow_id: int, run_id: int, *, actor: Actor) -> None:
    """Let a run that waits for a time go on at once, as if the time had come.

    Raises NotFound, and Conflict for a run that waits for no time, and for a workflow that is not active.
    """
    workflow, run = _of_active(workflow_id, run_id, actor)
    if not run.waits_for_time:
        raise Conflict(_l("This run does not wait for a time."))
    run.state = WorkflowRunState.RUNNING
    RUNS.order(run)
    audit.record(actor, "workflow.wait_skipped", target=workflow, run=run.id)
    wake()


@operation(Permission.EXPORT)
def note_runs_export(workflow_id: int, *, actor: Actor) -> None:
    """Write down who exported the execution history. Raises NotFound."""
    audit.record(actor, "workflow.runs_exported", target=get_workflow(workflow_id, actor))


def _of_active(workflow_id: int, run_id: int, actor: Actor) -> tuple[Workflow, WorkflowRun]:
    """Return the workflow and the locked run; raises Conflict for a workflow that is not active."""
    workflow = get_workflow(workflow_id, actor)
    run = get_run(workflow, run_id, actor, lock=True)
    if workflow.status != WorkflowStatus.ACTIVE:
        raise Conflict(_l("The workflow is not active."))
    return workflow, run


def _count_as_retried(run: WorkflowRun, step: WorkflowStep) -> None:
    """Have the failed step no longer counted as failed: what comes of it now is counted in its place."""
    place = run.workflow_id, run.version_id, step.node_id, ""
    step.result = RETRIED
    count_nodes(Counter({(*place, FAILED): -1, (*place, RETRIED): 1}))


def _require_room(workflow: Workflow, run: WorkflowRun) -> None:
    """Refuse where a friend may have one run at a time and has one. None can begin until the transaction ends."""
    if workflow.re_entry != ReEntry.NOT_WHILE_RUNNING:
        return
    mine = WorkflowEntry.workflow_id == workflow.id, WorkflowEntry.friend_id == run.friend_id
    db.session.execute(select(WorkflowEntry.friend_id).where(*mine).with_for_update())
    others = (
        WorkflowRun.workflow_id == workflow.id,
        WorkflowRun.friend_id == run.friend_id,
        WorkflowRun.id != run.id,
        WorkflowRun.ended_at.is_(None),
    )
    if db.session.scalar(select(WorkflowRun.id).where(*others).limit(1)) is not None:
        raise Conflict(_l("The friend has another run of this workflow under way, and only one is allowed at a time."))


def _last_step(run: WorkflowRun) -> WorkflowStep | None:
    last = select(WorkflowStep).where(WorkflowStep.run_id == run.id).order_by(WorkflowStep.number.desc()).limit(1)
    return db.session.scalars(last).one_or_none()


def _failed_node(run: WorkflowRun, step: WorkflowStep | None) -> Node | None:
    """Return the node at which a run has failed: that of its last step, or the next one, which has left no step."""
    graph = graph_of(run.version_id)
    node_id, exit_name = (step.node_id, step.exit) if step else (run.trigger_node, NEXT)
    node = graph.node(node_id)
    return graph.after(node, exit_name) if node and exit_name else node
