"""Record what happened with a friend on the timeline."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.friends.models import Activity, Friend
from app.friends.operations.friends import later
from app.team.actors import Actor


def record_activity(
    friend: Friend,
    kind: str,
    occurred_at: datetime,
    data: dict[str, Any] | None = None,
    *,
    webhook_event_id: int | None = None,
    is_standby: bool = False,
    actor: Actor | None = None,
) -> bool:
    """Add a line to the timeline; False when the same stored event has written one of this kind before.

    `is_standby` is kept with `data`: another channel held the chat, so nothing may be sent because of this.
    `actor` is who did it when it was not the friend; the friend's "last activity" stays as it was then.
    """
    kept = {**(data or {}), "is_standby": True} if is_standby else data or {}
    member_id = actor.member_id if actor else None
    values = {"account_id": friend.account_id, "friend_id": friend.id, "kind": kind, "occurred_at": occurred_at}
    values |= {"data": kept, "webhook_event_id": webhook_event_id, "member_id": member_id}
    written = db.session.scalar(insert(Activity).values(**values).on_conflict_do_nothing().returning(Activity.id))
    if written is None:
        return False
    if actor is None:
        friend.last_activity_at = later(friend.last_activity_at, occurred_at)
    return True


def event_fields(occurred_at: datetime, webhook_event_id: int | None, is_standby: bool) -> dict[str, Any]:
    """Return what both `record_activity` and the announced event take of one event of LINE."""
    return {"occurred_at": occurred_at, "webhook_event_id": webhook_event_id, "is_standby": is_standby}


def is_recorded(webhook_event_id: int | None) -> bool:
    """Return whether this stored event has a line already, whatever its kind."""
    if webhook_event_id is None:
        return False
    query = select(Activity.id).where(Activity.webhook_event_id == webhook_event_id).limit(1)
    return db.session.scalar(query) is not None
