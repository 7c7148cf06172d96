"""Find out in which message a clicked link stood: of which broadcast, Auto Send Message, or step of a workflow."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select, tuple_

from app.core.db import db
from app.core.identifiers import posted_number, row_number
from app.messages.auto.models import AutoMessage
from app.messages.sending.causes import CauseKind
from app.messages.sending.models import MessageSend
from app.messages.tracking.events import LinkClicked
from app.workflows.definition.graph import Node
from app.workflows.engine.loading import graph_of
from app.workflows.models import WorkflowRun, WorkflowStep

_NUMBER = re.compile(r"messages\[(\d+)\]")
# Steps of a run by which one send was made, in their order.
_Steps = Mapping[tuple[int, int], list[Node]]


def origins_of(clicks: Sequence[LinkClicked]) -> list[dict[str, Any]]:
    """Return for each click what a trigger may ask about the message of its link; what is unknown is left out."""
    sends = _sends(clicks)
    steps = _steps([send for send in sends.values() if send.cause_kind == CauseKind.WORKFLOW])
    lengths = _lengths([node for nodes in steps.values() for node in nodes], {one.account_id for one in clicks})
    return [_origin(one, sends.get((one.send_id, one.friend_id)), steps, lengths) for one in clicks]


def _origin(click: LinkClicked, send: Row[Any] | None, steps: _Steps, lengths: Mapping[int, int]) -> dict[str, Any]:
    if click.cause_kind == "broadcast":
        broadcast_id = row_number(click.cause_id)
        return {} if broadcast_id is None else {"broadcast_id": broadcast_id}
    found: dict[str, Any] = {}
    if send is not None and send.auto_message_id is not None:
        found["auto_message_id"] = send.auto_message_id
    number, _colon, node_id = click.cause_id.partition(":")
    workflow_id = row_number(number)
    if click.cause_kind != CauseKind.WORKFLOW or workflow_id is None:
        return found
    found |= {"by_workflow": workflow_id, "by_node": node_id}
    node = None if send is None else _node_at(click, steps.get(_step_of(send), []), lengths)
    if node is not None:
        found["by_node"] = node.id
        if (auto_id := _auto_id(node, click.account_id)) is not None:
            found["auto_message_id"] = auto_id
    return found


def _sends(clicks: Sequence[LinkClicked]) -> dict[tuple[int, int], Row[Any]]:
    """Return the sends behind these clicks, by tracked send and friend."""
    table = MessageSend.__table__.c
    query = select(table.id, table.friend_id, table.tracked_send_id, table.cause_kind, table.cause_id).add_columns(
        table.auto_message_id
    )
    mine = tuple_(table.tracked_send_id, table.friend_id).in_({(one.send_id, one.friend_id) for one in clicks})
    query = query.where(table.friend_id.in_({one.friend_id for one in clicks}), mine)
    return {(row.tracked_send_id, row.friend_id): row for row in db.session.execute(query)}


def _step_of(send: Row[Any]) -> tuple[int, int]:
    """Return run and number of the step that made a send: its cause is "run:step" or "run:step:part"."""
    run, number, *_part = (*str(send.cause_id).split(":"), "")
    return posted_number(run), posted_number(number)


def _steps(sends: Sequence[Row[Any]]) -> _Steps:
    """Return by run and first step the nodes whose messages went out together in one of these sends."""
    first = {send.id: _step_of(send) for send in sends}
    runs = {run_id for run_id, _number in first.values()}
    if not runs:
        return {}
    query = (
        select(
            WorkflowStep.run_id, WorkflowStep.node_id, WorkflowStep.note["send"].as_integer(), WorkflowRun.version_id
        )
        .join(WorkflowRun, WorkflowRun.id == WorkflowStep.run_id)
        .where(WorkflowStep.run_id.in_(runs), WorkflowStep.note["send"].as_integer().in_(first))
        .order_by(WorkflowStep.run_id, WorkflowStep.number)
    )
    found: defaultdict[tuple[int, int], list[Node]] = defaultdict(list)
    for _run_id, node_id, send_id, version_id in db.session.execute(query):
        node = graph_of(version_id).node(node_id)
        if node is not None:
            found[first[send_id]].append(node)
    return found


def _auto_id(node: Node, account_id: int) -> int | None:
    return (node.settings.get("messages") or {}).get(str(account_id)) if node.kind == "auto_message" else None


def _lengths(nodes: Sequence[Node], account_ids: set[int]) -> dict[int, int]:
    """Return how many messages the Auto Send Messages of these nodes have."""
    ids = {_auto_id(node, account_id) for node in nodes for account_id in account_ids} - {None}
    rows = db.session.execute(select(AutoMessage.id, AutoMessage.content).where(AutoMessage.id.in_(ids))) if ids else ()
    return {message_id: len(content.get("messages", ())) for message_id, content in rows}


def _node_at(click: LinkClicked, nodes: Sequence[Node], lengths: Mapping[int, int]) -> Node | None:
    """Return the step whose message holds the link; the messages of several went out in their order."""
    said = _NUMBER.match(click.place)
    left = int(said[1]) if said else 0
    for node in nodes:
        auto_id = _auto_id(node, click.account_id)
        content = node.settings.get("content") or {}
        number = len(content.get("messages", ())) if auto_id is None else lengths.get(auto_id, 1)
        if left < number:
            return node
        left -= number
    return None
