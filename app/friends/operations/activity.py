"""Record what happened with a friend on the timeline."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, any_, literal, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.friends.models import Activity, Friend
from app.friends.operations.friends import later
from app.team.actors import Actor

_RECORD = text("""
INSERT INTO activities (account_id, friend_id, kind, occurred_at, data, webhook_event_id)
SELECT account_id, friend_id, kind, occurred_at, data, webhook_event_id
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS activity (
    account_id bigint, friend_id bigint, kind text, occurred_at timestamptz, data jsonb, webhook_event_id bigint
)
ON CONFLICT DO NOTHING
RETURNING webhook_event_id, kind
""")


@dataclass(frozen=True)
class ActivityRecord:
    """A line for the timeline, of something that a friend did."""

    friend: Friend
    kind: str
    data: dict[str, Any]
    occurred_at: datetime
    webhook_event_id: int | None = None
    is_standby: bool = False

    def row(self) -> dict[str, Any]:
        """Return the values of the table's columns."""
        return {
            "account_id": self.friend.account_id,
            "friend_id": self.friend.id,
            "kind": self.kind,
            "occurred_at": self.occurred_at.isoformat(),
            "data": _with_standby(self.data, self.is_standby),
            "webhook_event_id": self.webhook_event_id,
        }


def record_activities(activities: Sequence[ActivityRecord]) -> list[bool]:
    """Add lines to timelines in one statement; False for each whose stored event has written one before."""
    if not activities:
        return []
    rows = json.dumps([one.row() for one in activities], ensure_ascii=False)
    written = {tuple(row) for row in db.session.execute(_RECORD, {"rows": rows})}
    is_new = [one.webhook_event_id is None or (one.webhook_event_id, one.kind) in written for one in activities]
    for one, is_written in zip(activities, is_new, strict=True):
        if is_written:
            one.friend.last_activity_at = later(one.friend.last_activity_at, one.occurred_at)
    return is_new


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
    kept = _with_standby(data or {}, is_standby)
    member_id = actor.member_id if actor else None
    values = {"account_id": friend.account_id, "friend_id": friend.id, "kind": kind, "occurred_at": occurred_at}
    values |= {"data": kept, "webhook_event_id": webhook_event_id, "member_id": member_id}
    written = db.session.scalar(insert(Activity).values(**values).on_conflict_do_nothing().returning(Activity.id))
    if written is None:
        return False
    if actor is None:
        friend.last_activity_at = later(friend.last_activity_at, occurred_at)
    return True


def _with_standby(data: dict[str, Any], is_standby: bool) -> dict[str, Any]:
    return {**data, "is_standby": True} if is_standby else data


def event_fields(occurred_at: datetime, webhook_event_id: int | None, is_standby: bool) -> dict[str, Any]:
    """Return what both `record_activity` and the announced event take of one event of LINE."""
    return {"occurred_at": occurred_at, "webhook_event_id": webhook_event_id, "is_standby": is_standby}


def is_recorded(webhook_event_id: int | None) -> bool:
    """Return whether this stored event has a line already, whatever its kind."""
    return webhook_event_id is not None and bool(recorded_events([webhook_event_id]))


def recorded_events(webhook_event_ids: Collection[int]) -> set[int]:
    """Return those of these stored events that have a line already, whatever its kind."""
    wanted = Activity.webhook_event_id == any_(literal(list(webhook_event_ids), ARRAY(BigInteger)))
    found = db.session.scalars(select(Activity.webhook_event_id).where(wanted)) if webhook_event_ids else ()
    return {one for one in found if one is not None}
