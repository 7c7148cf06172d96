"""Find the working copy of a workflow: its changes that were not saved."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import blake2b

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.workflows.definition.graph import Graph, Node, read_graph, read_nodes
from app.workflows.models import Workflow, WorkflowClipboard, WorkflowDraft, WorkflowDraftState
from app.workflows.queries.workflows import latest_graph

# For how long a member counts as editing after a change.
EDITING = timedelta(minutes=10)


def draft_of(workflow_id: int, *, lock: bool = False) -> WorkflowDraft | None:
    """Return the working copy; None where everything is saved."""
    query = select(WorkflowDraft).where(WorkflowDraft.workflow_id == workflow_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


def other_editor(draft: WorkflowDraft | None, member_id: int | None) -> int | None:
    """Return the id of another member who is editing the working copy, until some minutes after their last change.

    Who is no member, such as the system, waits for none.
    """
    if draft is None or member_id in (None, draft.member_id) or draft.changed_at < now() - EDITING:
        return None
    return draft.member_id


def state_of(draft: WorkflowDraft | None, steps: int) -> WorkflowDraftState | None:
    """Return the state so many steps after the present one, or before it; None where there is none."""
    return db.session.get(WorkflowDraftState, (draft.workflow_id, draft.state + steps)) if draft else None


def ways_of(draft: WorkflowDraft | None) -> tuple[bool, bool]:
    """Return whether there is a state to go back to, and one to go forward to."""
    if draft is None:
        return False, False
    query = select(WorkflowDraftState.number).where(WorkflowDraftState.workflow_id == draft.workflow_id)
    numbers = set(db.session.scalars(query))
    return draft.state - 1 in numbers, draft.state + 1 in numbers


def clipboard_of(member_id: int | None) -> list[Node]:
    """Return the steps that a member has copied last."""
    found = db.session.get(WorkflowClipboard, member_id) if member_id else None
    return read_nodes(found.nodes) if found else []


def working_graph(workflow: Workflow, draft: WorkflowDraft | None) -> Graph:
    """Return the graph as members edit it: the working copy, or the version that was saved last."""
    return read_graph(draft.graph) if draft else latest_graph(workflow)


def stamp_of(workflow: Workflow, draft: WorkflowDraft | None) -> str:
    """Return what tells one state of the edited graph from all others."""
    return draft.stamp if draft else f"saved {workflow.latest_version}"


def digest_of(part: Node | Graph) -> str:
    """Return what tells one state of a node's settings, or of accounts and entry rules, from all others."""
    content = part.settings if isinstance(part, Node) else [part.account_ids, part.entry.as_json()]
    return blake2b(json.dumps(content, sort_keys=True).encode(), digest_size=8).hexdigest()
