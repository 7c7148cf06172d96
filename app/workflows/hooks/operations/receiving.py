"""Take a call in: check it, find its friend, and let them enter the workflow once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, func, select

from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend
from app.friends.operations.friends import lock_friend
from app.workflows.engine.entering import enter
from app.workflows.engine.happenings import WEBHOOK_RECEIVED, Happening
from app.workflows.hooks.answers import HookAnswer
from app.workflows.hooks.models import ACCEPTED, WorkflowHook, WorkflowHookCall
from app.workflows.hooks.queries import accepted_before, hook_known_as, line_ids_linked_to, listening
from app.workflows.hooks.reading import HookCall, fields_of, id_at, read_json, why_refused
from app.workflows.models import WorkflowTrigger

LINE_USER_ID, LINK_ID = "line_user_id", "link_id"
USUAL_HOURS = 24
# Calls are kept in the log for so long, and so many of one address.
KEPT, MOST_KEPT = timedelta(days=30), 1_000


def receive(code: str, call: HookCall) -> HookAnswer | None:
    """Answer a call, in the caller's transaction; None where there is no such address. What was answered is kept."""
    hook = hook_known_as(code)
    if hook is None:
        return None
    if reason := why_refused(call, hook.secret, now()):
        return _kept(hook, call, 401, reason)
    # One call of an address after the other, so that a repetition side by side sees the first one.
    db.session.refresh(hook, with_for_update={"key_share": True})
    trigger = listening(hook)
    if trigger is None:
        return _kept(hook, call, 409, "not_active")
    hours = int(trigger.settings.get("repeat_hours") or USUAL_HOURS)
    before = accepted_before(hook, call.repeat_key, now() - timedelta(hours=hours))
    if before is not None:
        return HookAnswer(200, "repeated", call_id=before.id)
    return _take(hook, trigger, call)


def _take(hook: WorkflowHook, trigger: WorkflowTrigger, call: HookCall) -> HookAnswer:
    read = read_json(call.body)
    if read is None:
        return _kept(hook, call, 400, "no_json")
    friend, problem = _friend(hook.account_id, trigger.settings, read)
    if friend is None:
        return _kept(hook, call, 422, problem)
    answer = _kept(hook, call, ACCEPTED, "started", friend)
    happening = Happening(
        account_id=hook.account_id,
        friend_id=friend.id,
        kind=WEBHOOK_RECEIVED,
        key=f"{WEBHOOK_RECEIVED}:{answer.call_id}",
        data={
            **fields_of(read, trigger.settings.get("fields") or ()),
            "account_id": hook.account_id,
            "by_workflow": hook.workflow_id,
            "by_node": hook.node_id,
        },
    )
    if enter([happening]):
        return answer
    db.session.get_one(WorkflowHookCall, answer.call_id).reason = "not_wanted"
    return HookAnswer(ACCEPTED, "not_wanted", call_id=answer.call_id)


def _friend(account_id: int, settings: Mapping[str, Any], read: Any) -> tuple[Friend | None, str]:
    """Return the friend of a call, locked; else a word for what is wrong."""
    given = id_at(read, str(settings.get("friend_path") or ""))
    if not given:
        return None, "no_id"
    if settings.get("friend_by") != LINK_ID:
        return lock_friend(account_id, given), "unknown_friend"
    found = line_ids_linked_to(account_id, given)
    if len(found) > 1:
        return None, "several_friends"
    return (lock_friend(account_id, found[0]) if found else None), "unknown_friend"


def _kept(hook: WorkflowHook, call: HookCall, status: int, reason: str, friend: Friend | None = None) -> HookAnswer:
    """Keep the call in the log."""
    row = WorkflowHookCall(
        hook_id=hook.id,
        status=status,
        reason=reason,
        repeat_key=call.repeat_key,
        bytes=len(call.body),
        friend_id=friend and friend.id,
    )
    db.session.add(row)
    db.session.flush()
    return HookAnswer(status, reason, started=reason == "started", call_id=row.id)


def prune_calls() -> int:
    """Remove old calls from the log, and refused ones beyond the newest of each address; returns how many."""
    place = func.row_number().over(partition_by=WorkflowHookCall.hook_id, order_by=WorkflowHookCall.id.desc())
    numbered = select(
        WorkflowHookCall.id, WorkflowHookCall.at, WorkflowHookCall.status, place.label("place")
    ).subquery()
    is_refused = numbered.c.status != ACCEPTED
    is_old = (numbered.c.at < now() - KEPT) | ((numbered.c.place > MOST_KEPT) & is_refused)
    gone = select(numbered.c.id).where(is_old)
    removed = db.session.execute(delete(WorkflowHookCall).where(WorkflowHookCall.id.in_(gone))).rowcount  # type: ignore[attr-defined]
    db.session.commit()
    return int(removed)
