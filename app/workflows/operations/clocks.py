"""What members decide of a trigger whose moment passed while the system was away."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.engine.clocks import LATE, order_clock, release_clock
from app.workflows.models import WorkflowTrigger
from app.workflows.queries.workflows import get_workflow

audit.describe(
    {
        "workflow.late_fired": _l("let a late trigger of the workflow %(target)s fire"),
        "workflow.late_skipped": _l("passed over a late trigger of the workflow %(target)s"),
    }
)


class LateDecision(StrEnum):
    """FIRE for the moments that were missed, or SKIP them."""

    FIRE = "fire"
    SKIP = "skip"


@operation(Permission.WORKFLOWS)
def decide_late(workflow_id: int, trigger_id: int, decision: LateDecision, *, actor: Actor) -> None:
    """Let a late trigger fire now, or wait for its next moment. Raises NotFound, Conflict."""
    workflow = get_workflow(workflow_id, actor)
    trigger = _trigger(workflow.id, trigger_id)
    if trigger.reason != LATE:
        raise Conflict(_l("This trigger waits for no decision any more."))
    if decision is LateDecision.FIRE:
        release_clock(trigger)
    else:
        order_clock(trigger, now())
    audit.record(actor, f"workflow.late_{'fired' if decision is LateDecision.FIRE else 'skipped'}", target=workflow)


def _trigger(workflow_id: int, trigger_id: int) -> WorkflowTrigger:
    mine = WorkflowTrigger.id == trigger_id, WorkflowTrigger.workflow_id == workflow_id
    query = select(WorkflowTrigger).where(*mine).with_for_update(key_share=True)
    found = db.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if found is None:
        raise NotFound
    return found
