"""Whether a workflow can be started, told before a member decides."""

from __future__ import annotations

from dataclasses import dataclass

from app.workflows.models import Workflow, WorkflowStatus
from app.workflows.queries.drafts import draft_of, stamp_of
from app.workflows.queries.problems import WorkflowProblems, workflow_problems
from app.workflows.queries.workflows import open_runs


@dataclass(frozen=True)
class Readiness:
    """What is wrong, and what has to be decided: `standing` counts the runs that stand still since the pause.

    `stamp` is the state that was looked at.
    """

    problems: WorkflowProblems
    standing: int
    stamp: str


def readiness(workflow: Workflow) -> Readiness:
    """Tell what keeps the workflow, as members edit it, from being started."""
    draft = draft_of(workflow.id)
    standing = 0 if workflow.status == WorkflowStatus.ACTIVE else open_runs(workflow.id)
    return Readiness(workflow_problems(workflow, draft), standing, stamp_of(workflow, draft))
