"""Find the working copy of a workflow: its changes that were not saved."""

from __future__ import annotations

import json
from hashlib import blake2b

from sqlalchemy import select

from app.core.db import db
from app.workflows.definition.graph import Graph, Node, read_graph
from app.workflows.models import Workflow, WorkflowDraft
from app.workflows.queries.workflows import latest_graph


def draft_of(workflow_id: int, *, lock: bool = False) -> WorkflowDraft | None:
    """Return the working copy; None where everything is saved."""
    query = select(WorkflowDraft).where(WorkflowDraft.workflow_id == workflow_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    return db.session.scalars(query).one_or_none()


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
