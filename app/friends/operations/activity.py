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
    actor: Actor | None = None,
) -> bool:
    """Add a line to the timeline; False when the same stored event has written one of this kind before.

    `actor` is who did it when it was not the friend; the friend's "last activity" stays as it was then.
    """
    values = {"account_id": friend.account_id, "friend_id": friend.id, "kind": kind, "occurred_at": occurred_at}
    values |= {"data": data or {}, "webhook_event_id": webhook_event_id}
    values |= {"member_id": actor.member_id if actor else None}
    written = db.session.scalar(insert(Activity).values(**values).on_conflict_do_nothing().returning(Activity.id))
    if written is None:
        return False
    if actor is None:
        friend.last_activity_at = later(friend.last_activity_at, occurred_at)
    return True


def is_recorded(webhook_event_id: int | None) -> bool:
    """Whether this stored event has left a line already, whatever its kind."""
    if webhook_event_id is None:
        return False
    query = select(Activity.id).where(Activity.webhook_event_id == webhook_event_id).limit(1)
    return db.session.scalar(query) is not None
