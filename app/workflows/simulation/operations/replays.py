"""Begin and cancel replays of workflows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.core.runs.operations import request_cancel, start
from app.core.runs.queries import latest_run
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.definition.graph import read_graph
from app.workflows.models import Workflow, WorkflowStatus, WorkflowVersion
from app.workflows.queries.drafts import draft_of, working_graph
from app.workflows.queries.workflows import get_version, get_workflow
from app.workflows.simulation.models import WorkflowReplay
from app.workflows.simulation.queries import get_replay
from app.workflows.simulation.removing import remove_replays
from app.workflows.simulation.replaying.run import REPLAY

# Of each workflow.
MOST_KEPT = 5
NO_ACCOUNT = _l("Choose an account at the Start node first.")
audit.describe({"workflow.replayed": _l("replayed events with the workflow %(target)s")})


@operation(Permission.WORKFLOWS)
def begin_replay(workflow_id: int, since: datetime, until: datetime, *, actor: Actor) -> WorkflowReplay:
    """Run the workflow as it is edited now over the events from one moment up to another. Raises NotFound, Conflict."""
    workflow = get_workflow(workflow_id, actor)
    graph, active = working_graph(workflow, draft_of(workflow.id)), _active_version(workflow)
    if not graph.account_ids:
        raise Conflict(NO_ACCOUNT)
    former = read_graph(active.graph).account_ids if active else ()
    replay = WorkflowReplay(
        workflow_id=workflow.id,
        since=since,
        until=until,
        account_ids=sorted({*graph.account_ids, *former}),
        graph=graph.as_json(),
        active_version_id=active.id if active else None,
        begun_by=actor.label,
    )
    db.session.add(replay)
    db.session.flush()
    _forget_old(workflow)
    start(REPLAY, replay.id, actor=actor)
    audit.record(actor, "workflow.replayed", target=workflow)
    return replay


def _active_version(workflow: Workflow) -> WorkflowVersion | None:
    is_active = workflow.status == WorkflowStatus.ACTIVE and workflow.active_version
    return get_version(workflow, workflow.active_version) if is_active else None


def _forget_old(workflow: Workflow) -> None:
    mine = select(WorkflowReplay.id).where(WorkflowReplay.workflow_id == workflow.id)
    old = mine.order_by(WorkflowReplay.id.desc()).offset(MOST_KEPT)
    remove_replays(WorkflowReplay.id.in_(old))


@operation(Permission.WORKFLOWS)
def cancel_replay(workflow_id: int, replay_id: int, *, actor: Actor) -> bool:
    """Stop a replay; what it has counted stays. False when it had ended already. Raises NotFound."""
    replay = get_replay(workflow_id, replay_id, actor)
    run = latest_run(REPLAY, replay.id)
    if run is None:
        raise NotFound
    return request_cancel(run)
