"""A workflow as it is being edited: its working copy, read for the pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from flask import request
from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import Text, _l
from app.line.access import get_accounts
from app.line.models import Account
from app.team.permissions import current_actor
from app.team.queries import names_of
from app.workflows.definition.checks import Finding, findings
from app.workflows.definition.editing import above, below, may_follow
from app.workflows.definition.flow import Flow, read_flow
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import NodeKind, exits_of, kind_of, triggers_of
from app.workflows.definition.summaries import summaries_of
from app.workflows.forms.registry import FORMS, NodeEditing
from app.workflows.hooks.checks import missing_addresses
from app.workflows.models import Workflow, WorkflowDraft, WorkflowStatus
from app.workflows.queries.drafts import draft_of, stamp_of, working_graph
from app.workflows.queries.workflows import get_workflow

UNKNOWN_STEP = _l("Unknown step")


@dataclass(frozen=True)
class WorkflowEditing:
    """The state of one request of the editor."""

    workflow: Workflow
    draft: WorkflowDraft | None
    graph: Graph
    accounts: Sequence[Account]

    @cached_property
    def stamp(self) -> str:
        """Return what tells this state from all others."""
        return stamp_of(self.workflow, self.draft)

    @cached_property
    def flow(self) -> Flow:
        """Return the steps in reading order."""
        return read_flow(self.graph)

    @cached_property
    def findings(self) -> list[Finding]:
        """Return all that is wrong."""
        found = [*findings(self.graph), *missing_addresses(self.workflow.id, self.graph)]
        return sorted(found, key=lambda one: one.is_warning)

    @cached_property
    def problems(self) -> dict[str, list[Finding]]:
        """Return what is wrong by id of the node; "" is the workflow as a whole."""
        found: defaultdict[str, list[Finding]] = defaultdict(list)
        for one in self.findings:
            found[one.node.id if one.node else ""].append(one)
        return dict(found)

    @property
    def is_archived(self) -> bool:
        """Return whether it cannot be changed."""
        return self.workflow.status == WorkflowStatus.ARCHIVED

    @property
    def answers_otherwise(self) -> bool:
        """Return whether another version answers than the one that was saved last."""
        workflow = self.workflow
        return workflow.status == WorkflowStatus.ACTIVE and workflow.latest_version != workflow.active_version

    def node(self, node_id: str) -> NodeEditing:
        """Return a node for its form; raises NotFound."""
        found = self.graph.node(node_id)
        if found is None:
            raise NotFound
        return NodeEditing(
            workflow=self.workflow, graph=self.graph, node=found, accounts=self.accounts, posted=request.form
        )


def load(workflow_id: int) -> WorkflowEditing:
    """Load what is edited; raises NotFound where an account of it is not the member's."""
    workflow = get_workflow(workflow_id, current_actor())
    draft = draft_of(workflow.id)
    graph = working_graph(workflow, draft)
    return WorkflowEditing(workflow, draft, graph, _accounts(graph))


def _accounts(graph: Graph) -> Sequence[Account]:
    """Return the accounts of the Start node; one that was removed from the workspace is passed over."""
    known = db.session.scalars(select(Account.id).where(Account.id.in_(graph.account_ids))).all()
    return get_accounts(known) if known else []


def label_of(node: Node) -> Text:
    """Return the name of a node's kind."""
    kind = kind_of(node)
    return kind.label if kind else UNKNOWN_STEP


def why_inert(kind: NodeKind | None) -> Text | None:
    """Return why a node of this kind does nothing; None where it works."""
    return kind.unavailable() if kind else None


# Icons of the list of steps beside those of the steps themselves.
ICONS = (
    *("alert-circle", "alert-triangle", "chevron-down", "chevron-up", "circle-check", "corner-down-right", "filter"),
    *("flag", "help-circle", "plug-connected", "plug-connected-x", "plus", "settings", "trash"),
)


def _icons(graph: Graph) -> list[str]:
    """Return the names of all icons of the list of steps."""
    return sorted({*ICONS, *(kind.icon for one in graph.nodes if (kind := kind_of(one)))})


def editor_context(editing: WorkflowEditing) -> dict[str, Any]:
    """Return what the templates of the editor receive."""
    member_id = editing.draft.member_id if editing.draft else None
    return {
        "editing": editing,
        "workflow": editing.workflow,
        "graph": editing.graph,
        "flow": editing.flow,
        "problems": editing.problems,
        "triggers": triggers_of(editing.graph),
        "changed_by": names_of([member_id]).get(member_id) if member_id else None,
        "kind_of": kind_of,
        "label_of": label_of,
        "exits_of": exits_of,
        "summaries": summaries_of(editing.graph),
        "icons": _icons(editing.graph),
        "has_form": lambda node: node.kind in FORMS,
        "may_move_up": lambda node: above(editing.graph, node) is not None,
        "may_move_down": lambda node: below(editing.graph, node) is not None,
        "may_follow": lambda node: may_follow(editing.graph, node),
    }
