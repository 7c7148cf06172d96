"""Edits of a workflow as its pages make them, and the working copy afterwards."""

from __future__ import annotations

from typing import Any

from app.core.db import db
from app.line.models import Account
from app.workflows.definition.graph import Graph
from app.workflows.models import Workflow
from app.workflows.queries.drafts import digest_of, draft_of, stamp_of, working_graph
from tests.support.client import CheckingClient


def url(workflow: Workflow, rest: str = "") -> str:
    return f"/workflows/{workflow.id}{rest}"


def graph_of(workflow: Workflow) -> Graph:
    db.session.expire_all()
    return working_graph(workflow, draft_of(workflow.id))


def stamp(workflow: Workflow) -> str:
    db.session.expire_all()
    return stamp_of(workflow, draft_of(workflow.id))


def add(client: CheckingClient, workflow: Workflow, kind: str, after: str = "", exit_name: str = "next") -> str:
    """Add a step, and return its id."""
    sent = {"kind": kind, "after": after, "exit": exit_name if after else "", "stamp": stamp(workflow)}
    client.post(url(workflow, "/steps"), data=sent)
    return graph_of(workflow).nodes[-1].id


def fill(client: CheckingClient, workflow: Workflow, node_id: str, /, **fields: Any) -> Any:
    """Send a step's form as it is when a member is done."""
    seen = digest_of(graph_of(workflow).by_id[node_id])
    return client.post(url(workflow, f"/steps/{node_id}"), data={"do": "done", "seen": seen, **fields})


def choose_accounts(client: CheckingClient, workflow: Workflow, *accounts: Account, **fields: Any) -> Any:
    sent = {"accounts": [one.id for one in accounts], "re_entry": "every", "on_block": "end", "do": "done", **fields}
    return client.post(url(workflow, "/steps/start"), data={**sent, "seen": digest_of(graph_of(workflow))})
