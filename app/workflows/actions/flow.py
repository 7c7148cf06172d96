"""Actions that end a run or start another workflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import _l
from app.workflows.definition.decisions import Decision, Do, Effect, Stop
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import (
    ACTIONS,
    TRIGGERS,
    WITH_ERROR,
    ActionNodeKind,
    NodeCategory,
    NodeProblem,
    TriggerNodeKind,
    always,
)
from app.workflows.definition.state import Arrival
from app.workflows.engine.entering import enter
from app.workflows.engine.happenings import Happening
from app.workflows.engine.performing import Done, Failed, Outcome, Performer, Task, performer
from app.workflows.models import Workflow, WorkflowStatus, WorkflowTrigger

STOP, START_WORKFLOW, STARTED_BY_WORKFLOW = "stop", "start_workflow", "started_by_workflow"


@dataclass(frozen=True)
class StartWorkflow(Effect):
    """Let the friend enter another workflow, by its trigger “Started by a workflow”."""

    workflow_id: int


def _decide_stop(_arrival: Arrival) -> Decision:
    return Stop()


def _decide_start(arrival: Arrival) -> Decision:
    return Do(StartWorkflow(int(arrival.setting("workflow") or 0)))


def _check_start(node: Node, account_ids: Sequence[int]) -> Iterable[NodeProblem]:
    workflow = db.session.get(Workflow, node.settings.get("workflow") or 0)
    if workflow is None:
        yield NodeProblem(_l("Choose the workflow. It may have been deleted."), "workflow")
        return
    listens = select(WorkflowTrigger.account_id).where(
        WorkflowTrigger.workflow_id == workflow.id, WorkflowTrigger.kind == STARTED_BY_WORKFLOW
    )
    if workflow.status != WorkflowStatus.ACTIVE or not set(account_ids) <= set(db.session.scalars(listens)):
        yield NodeProblem(
            _l("The other workflow is not active with the trigger “Started by a workflow”."),
            "workflow",
            is_warning=True,
        )


def _start(tasks: Sequence[Task]) -> Mapping[str, Outcome]:
    listening = is_listening(tasks)
    told = [task for task in tasks if task.key in listening]
    enter([started_by(task) for task in told])
    started: dict[str, Outcome] = {task.key: Done({"workflow": task.effect.workflow_id}) for task in told}
    return {task.key: started.get(task.key, Failed("workflows.not_listening")) for task in tasks}


def is_listening(tasks: Sequence[Task]) -> set[str]:
    """Return the keys of those tasks whose workflow can be started by another one."""
    ids = {task.effect.workflow_id for task in tasks}
    query = select(WorkflowTrigger.workflow_id, WorkflowTrigger.account_id).where(
        WorkflowTrigger.workflow_id.in_(ids), WorkflowTrigger.kind == STARTED_BY_WORKFLOW
    )
    listening = {(workflow_id, account_id) for workflow_id, account_id in db.session.execute(query)}
    return {task.key for task in tasks if (task.effect.workflow_id, task.account_id) in listening}


def started_by(task: Task) -> Happening:
    """Return what the other workflow is told."""
    return Happening(
        account_id=task.account_id,
        friend_id=task.friend_id,
        kind=STARTED_BY_WORKFLOW,
        key=f"{STARTED_BY_WORKFLOW}:{task.key}",
        data={"workflow": task.effect.workflow_id, "account_id": task.account_id},
    )


performer(StartWorkflow, Performer(inside=_start))
TRIGGERS.add(
    STARTED_BY_WORKFLOW,
    TriggerNodeKind(
        name=STARTED_BY_WORKFLOW,
        label=_l("Started by a workflow"),
        about=_l("When another workflow starts this one"),
        category=NodeCategory.AUTOMATION,
        icon="sitemap",
        matches=lambda settings, data: settings.get("workflow_id") == data.get("workflow"),
    ),
)
for _kind in (
    ActionNodeKind(
        name=STOP,
        label=_l("Stop"),
        about=_l("Ends the workflow for the friend"),
        also=_l("end exit finish"),
        rank=10,
        category=NodeCategory.BASIC,
        icon="player-stop",
        decide=_decide_stop,
        decides_alike=always,
        acts=False,
        exits=lambda _n: (),
    ),
    ActionNodeKind(
        name=START_WORKFLOW,
        label=_l("Start another workflow"),
        about=_l("Sends the friend into another workflow"),
        category=NodeCategory.AUTOMATION,
        icon="sitemap",
        decide=_decide_start,
        decides_alike=always,
        check=_check_start,
        exits=lambda _node: WITH_ERROR,
    ),
):
    ACTIONS.add(_kind.name, _kind)
