"""All that is wrong with a workflow as members edit it, for the editor, the question before Start and commands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from app.core.i18n import Text
from app.core.registry import Registry
from app.workflows.definition.checks import TRIGGER_FIELD, UNSAVED, Finding, findings
from app.workflows.definition.graph import Graph
from app.workflows.definition.kinds import TO_COME
from app.workflows.definition.naming import StepNames, names_in
from app.workflows.models import Workflow, WorkflowDraft
from app.workflows.queries.drafts import working_graph
from app.workflows.queries.quota import quota_doubts

# What is looked at beside the graph itself: each gets the id of the workflow and its graph.
CHECKS: Registry[Callable[[int, Graph], Iterable[Finding]]] = Registry("check of workflows")
CHECKS.add("quota", quota_doubts)


@dataclass(frozen=True)
class WorkflowProblems:
    """What was found in a graph, in its order from top to bottom, and the names of its steps.

    While it `is_unsaved`, the graph is the working copy, which is what Save makes the latest version.
    """

    found: Sequence[Finding]
    names: StepNames
    is_unsaved: bool

    @cached_property
    def hindrances(self) -> list[Finding]:
        """Return what is to be fixed before the start."""
        unsaved = [UNSAVED] if self.is_unsaved else []
        return [*unsaved, *(one for one in self.found if not one.is_warning)]

    @cached_property
    def warnings(self) -> list[Finding]:
        """Return what does not keep the workflow from being started."""
        return [one for one in self.found if one.is_warning]

    @cached_property
    def by_node(self) -> Mapping[str, list[Finding]]:
        """Return what was found by id of the node, hindrances first; "" is the workflow as a whole."""
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        for one in sorted(self.found, key=lambda one: one.is_warning):
            found[one.node.id if one.node else ""].append(one)
        return dict(found)

    @property
    def of_start(self) -> list[Finding]:
        """Return what the form of the Start node corrects."""
        return [one for one in self.by_node.get("", ()) if one.problem.field != TRIGGER_FIELD]

    def without_what_may_come(self) -> WorkflowProblems:
        """Return them without warnings that the next steps may settle."""
        return replace(self, found=[one for one in self.found if not (one.is_warning and one.problem.field == TO_COME)])

    def sentence(self, finding: Finding) -> Text:
        """Return what is wrong, with the step where it is."""
        words = finding.problem.message
        return f"{self.names.step(finding.node)}: {words}" if finding.node else words


def workflow_problems(workflow: Workflow, draft: WorkflowDraft | None) -> WorkflowProblems:
    """Return what is wrong with the workflow, which is as the working copy says where there is one."""
    graph = working_graph(workflow, draft)
    return problems_of_graph(workflow.id, graph, names_in(graph), is_unsaved=draft is not None)


def problems_of_graph(workflow_id: int, graph: Graph, names: StepNames, *, is_unsaved: bool) -> WorkflowProblems:
    """Return what is wrong with a graph that was read already."""
    found = [*findings(graph), *(one for check in CHECKS.values() for one in check(workflow_id, graph))]
    found.sort(key=lambda one: names.numbers.get(one.node.id, 0) if one.node else -1)
    return WorkflowProblems(found, names, is_unsaved)
