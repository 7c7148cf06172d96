"""Keep what a member tries with a workflow: its setup and what was pressed. Nothing else is written."""

from __future__ import annotations

from dataclasses import asdict

from sqlalchemy import delete, func
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.queries.workflows import get_workflow
from app.workflows.simulation.models import WorkflowTestRun
from app.workflows.simulation.playing import PlayedPress
from app.workflows.simulation.queries import begun_test
from app.workflows.simulation.setups import PlayedSetup

MOST_CHOICES = 1_000


@operation(Permission.WORKFLOWS)
def begin_test(workflow_id: int, setup: PlayedSetup, *, actor: Actor) -> None:
    """Begin a test run of the actor, in place of the one before. Raises NotFound."""
    workflow = get_workflow(workflow_id, actor)
    about = {"setup": setup.as_json(), "choices": [], "changed_at": func.now()}
    statement = insert(WorkflowTestRun).values(workflow_id=workflow.id, member_id=actor.id, **about)
    db.session.execute(statement.on_conflict_do_update(index_elements=["workflow_id", "member_id"], set_=about))
    db.session.expire_all()


@operation(Permission.WORKFLOWS)
def keep_choices(workflow_id: int, choices: list[PlayedPress], *, actor: Actor) -> None:
    """Store what the actor has pressed so far; does nothing where no test run was begun. Raises NotFound."""
    workflow = get_workflow(workflow_id, actor)
    found = begun_test(workflow.id, actor.id or 0)
    if found is not None:
        found.choices = [asdict(one) for one in choices[:MOST_CHOICES]]
        found.changed_at = now()


@operation(Permission.WORKFLOWS)
def end_test(workflow_id: int, *, actor: Actor) -> None:
    """Forget the actor's test run. Raises NotFound."""
    workflow = get_workflow(workflow_id, actor)
    mine = WorkflowTestRun.workflow_id == workflow.id, WorkflowTestRun.member_id == actor.id
    db.session.execute(delete(WorkflowTestRun).where(*mine))
