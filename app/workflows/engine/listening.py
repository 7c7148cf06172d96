"""Write down which events start a version of a workflow, and when its triggers that follow the clock fire."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import delete, select

from app.core.clock import now
from app.core.db import db
from app.workflows.definition.graph import NEXT, Graph
from app.workflows.definition.kinds import TRIGGERS, triggers_of
from app.workflows.engine.clocks import order_clock
from app.workflows.models import Workflow, WorkflowTrigger, WorkflowVersion


def listen(workflow: Workflow, version: WorkflowVersion, graph: Graph) -> None:
    """Let this version answer; triggers of an earlier one are removed.

    A trigger that follows the clock and has not changed goes on where it is, also in the midst of letting friends in.
    """
    query = select(WorkflowTrigger).where(WorkflowTrigger.workflow_id == workflow.id).with_for_update(key_share=True)
    known = {(one.account_id, one.node_id): one for one in db.session.scalars(query)}
    fresh = []
    for wanted in _wanted(workflow, version, graph):
        before = known.get((wanted.account_id, wanted.node_id))
        if before is not None and _goes_on(before, wanted):
            before.version_id = version.id
            del known[wanted.account_id, wanted.node_id]
        else:
            fresh.append(wanted)
    db.session.execute(delete(WorkflowTrigger).where(WorkflowTrigger.id.in_([one.id for one in known.values()])))
    db.session.add_all(fresh)
    for one in fresh:
        if TRIGGERS[one.kind].clock is not None:
            order_clock(one, now())
    db.session.flush()


def stop_listening(workflow_id: int) -> None:
    """Let no event start the workflow any more."""
    db.session.execute(delete(WorkflowTrigger).where(WorkflowTrigger.workflow_id == workflow_id))


def _wanted(workflow: Workflow, version: WorkflowVersion, graph: Graph) -> Iterator[WorkflowTrigger]:
    for node in triggers_of(graph):
        if graph.after(node, NEXT) is None:
            continue
        settings = {**TRIGGERS[node.kind].prepare(node.settings), "workflow_id": workflow.id, "node_id": node.id}
        about = {"workflow_id": workflow.id, "version_id": version.id, "node_id": node.id}
        for account_id in graph.account_ids:
            yield WorkflowTrigger(account_id=account_id, kind=node.kind, settings=settings, **about)


def _goes_on(before: WorkflowTrigger, wanted: WorkflowTrigger) -> bool:
    return TRIGGERS[wanted.kind].clock is not None and (before.kind, before.settings) == (wanted.kind, wanted.settings)
