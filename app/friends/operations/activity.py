"""Writing down what happened with a friend."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.friends.models import Activity, Friend
from app.friends.operations.friends import later


def record_activity(
    friend: Friend,
    kind: str,
    occurred_at: datetime,
    data: dict[str, Any] | None = None,
    *,
    webhook_event_id: int | None = None,
    member_id: int | None = None,
    by_friend: bool = True,
) -> bool:
    """Add a line to the timeline; False when the same stored event has written one of this kind before.

    `by_friend` says that the friend did it, which is what "last activity" means.
    """
    values = {"account_id": friend.account_id, "friend_id": friend.id, "kind": kind, "occurred_at": occurred_at}
    values |= {"data": data or {}, "webhook_event_id": webhook_event_id, "member_id": member_id}
    written = db.session.scalar(insert(Activity).values(**values).on_conflict_do_nothing().returning(Activity.id))
    if written is None:
        return False
    if by_friend:
        friend.last_activity_at = later(friend.last_activity_at, occurred_at)
    return True


def is_recorded(webhook_event_id: int | None) -> bool:
    """Whether this stored event has left a line already, whatever its kind."""
    if webhook_event_id is None:
        return False
    query = select(Activity.id).where(Activity.webhook_event_id == webhook_event_id).limit(1)
    return db.session.scalar(query) is not None
