"""Reads of incoming webhooks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.friends.models import Friend, IdLink
from app.line.gateway.urls import urls
from app.workflows.hooks.models import ACCEPTED, WorkflowHook, WorkflowHookCall
from app.workflows.models import WorkflowTrigger

SHOWN = 20


def address_of(hook: WorkflowHook) -> str:
    """Return what other programs call."""
    return f"{urls.ours}/webhooks/workflows/{hook.code}"


def hooks_of(workflow_id: int, node_id: str) -> dict[int, WorkflowHook]:
    """Return the addresses of a trigger by account."""
    query = select(WorkflowHook).where(WorkflowHook.workflow_id == workflow_id, WorkflowHook.node_id == node_id)
    return {hook.account_id: hook for hook in db.session.scalars(query)}


def hooks_of_workflow(workflow_id: int) -> set[tuple[str, int]]:
    """Return for which triggers and accounts of a workflow there is an address."""
    query = select(WorkflowHook.node_id, WorkflowHook.account_id).where(WorkflowHook.workflow_id == workflow_id)
    return {(row.node_id, row.account_id) for row in db.session.execute(query)}


def hook_known_as(code: str) -> WorkflowHook | None:
    """Return the hook with this end of its address."""
    return db.session.scalars(select(WorkflowHook).where(WorkflowHook.code == code)).one_or_none()


def listening(hook: WorkflowHook) -> WorkflowTrigger | None:
    """Return the trigger of the active version; None while the workflow does not answer."""
    mine = (
        WorkflowTrigger.workflow_id == hook.workflow_id,
        WorkflowTrigger.account_id == hook.account_id,
        WorkflowTrigger.node_id == hook.node_id,
    )
    return db.session.scalars(select(WorkflowTrigger).where(*mine)).one_or_none()


def accepted_before(hook: WorkflowHook, repeat_key: str, since: datetime) -> WorkflowHookCall | None:
    """Return the call that this one repeats."""
    mine = (
        WorkflowHookCall.hook_id == hook.id,
        WorkflowHookCall.repeat_key == repeat_key,
        WorkflowHookCall.status == ACCEPTED,
        WorkflowHookCall.at > since,
    )
    return db.session.scalars(
        select(WorkflowHookCall).where(*mine).order_by(WorkflowHookCall.id.desc()).limit(1)
    ).first()


def last_calls(hook_ids: Collection[int]) -> Sequence[WorkflowHookCall]:
    """Return the last calls of these hooks, the newest first."""
    query = select(WorkflowHookCall).where(WorkflowHookCall.hook_id.in_(hook_ids))
    return db.session.scalars(query.order_by(WorkflowHookCall.id.desc()).limit(SHOWN)).all()


def line_ids_linked_to(account_id: int, user_id: str) -> list[str]:
    """Return the LINE user IDs of friends whom an ID of the business's own systems leads to; at most two."""
    query = (
        select(IdLink.line_user_id)
        .join(Friend, (Friend.account_id == IdLink.account_id) & (Friend.line_user_id == IdLink.line_user_id))
        .where(IdLink.account_id == account_id, IdLink.user_id == user_id)
    )
    return list(db.session.scalars(query.limit(2)))
