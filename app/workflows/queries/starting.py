"""What Start, Pause, archiving and deletion would mean for a workflow, told before a member decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.i18n import Text
from app.workflows.definition.checks import UNSAVED, Finding, findings
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import kind_of
from app.workflows.models import Workflow, WorkflowStatus
from app.workflows.queries.drafts import draft_of, working_graph
from app.workflows.queries.quota import quota_doubts
from app.workflows.queries.workflows import open_runs


@dataclass(frozen=True)
class Readiness:
    """Whether a workflow can be started, and what has to be decided for that.

    `standing` counts the runs that stand still since the pause. While `is_unsaved`, the findings are those of the
    working copy, which is what Save makes the latest version.
    """

    is_unsaved: bool
    hindrances: Sequence[Finding]
    warnings: Sequence[Finding]
    standing: int


def readiness(workflow: Workflow) -> Readiness:
    """Tell what keeps the workflow, as members edit it, from being started."""
    draft = draft_of(workflow.id)
    graph = working_graph(workflow, draft)
    unsaved = [UNSAVED] if draft else []
    found = [*unsaved, *findings(graph), *quota_doubts(workflow.id, graph)]
    standing = 0 if workflow.status == WorkflowStatus.ACTIVE else open_runs(workflow.id)
    hindrances, warnings = [[one for one in found if one.is_warning is told] for told in (False, True)]
    return Readiness(draft is not None, hindrances, warnings, standing)


def node_words(node: Node) -> Text:
    """Return what a step is called."""
    kind = kind_of(node)
    return node.kind if kind is None else kind.label
