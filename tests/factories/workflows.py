"""Workflows for tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account
from app.team.actors import SYSTEM
from app.workflows.definition.graph import EntryRules, Graph, Node
from app.workflows.models import Workflow, WorkflowRun
from app.workflows.operations.life import create_workflow, start
from app.workflows.queries.workflows import get_version


def step(kind: str, exits: dict[str, str] | None = None, /, **settings: Any) -> Node:
    """A node without an id; `exits` name nodes by their place in the list, from 0."""
    return Node("", kind, settings, exits or {})


def chain(account: Account, *steps: Node) -> Graph:
    """A graph of steps, each of which follows the one before unless its exits say otherwise."""
    nodes = []
    for number, one in enumerate(steps):
        exits = dict(one.exits)
        if "next" not in exits and number + 1 < len(steps) and not exits.pop("-", None):
            exits["next"] = str(number + 1)
        nodes.append(Node(f"n{number}", one.kind, one.settings, {name: f"n{at}" for name, at in exits.items() if at}))
    return Graph((account.id,), tuple(nodes))


def active(account: Account, *steps: Node, name: str = "Welcome", **entry: Any) -> Workflow:
    """A started workflow; `entry` are its entry rules."""
    graph = replace(chain(account, *steps), entry=EntryRules(**entry))
    workflow = create_workflow(name, graph=graph, actor=SYSTEM)
    start(workflow.id, actor=SYSTEM)
    db.session.commit()
    return workflow


def draft(name: str = "Welcome", graph: Graph | None = None) -> Workflow:
    """A workflow that was never started."""
    workflow = create_workflow(name, graph=graph, actor=SYSTEM)
    db.session.commit()
    return workflow


def run(workflow: Workflow, friend: Friend, **values: Any) -> WorkflowRun:
    """A run that waits at the second step, as its columns say."""
    made = WorkflowRun(
        workflow_id=workflow.id,
        version_id=get_version(workflow).id,
        account_id=friend.account_id,
        friend_id=friend.id,
        **{"event_key": f"test:{friend.id}", "trigger_node": "n0", "node_id": "n1", "due_at": now(), **values},
    )
    db.session.add(made)
    db.session.commit()
    return made


def says(*texts: str, replies: tuple[str, ...] = ()) -> dict[str, Any]:
    """The content of a message step."""
    quick = [{"action": {"kind": "message", "label": one, "text": one}} for one in replies]
    return {"version": 1, "messages": [{"kind": "text", "text": one} for one in texts], "quick_replies": quick}
