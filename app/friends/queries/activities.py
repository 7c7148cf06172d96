"""Activities as the first source of the timeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select

from app.core.db import db
from app.friends.models import Activity
from app.friends.timeline import describe
from app.friends.timeline_sources import TimelineEntry, TimelinePosition, TimelineSource, columns_of

NAME = "activities"


def _page(friend_id: int, place: TimelinePosition | None, limit: int) -> Sequence[TimelineEntry]:
    query = _mine(friend_id)
    return _entries(query if place is None else query.where(place.older(NAME, *columns_of(Activity))), limit)


def _newer(friend_id: int, number: int, limit: int) -> Sequence[TimelineEntry]:
    return _entries(_mine(friend_id).where(Activity.id > number), limit)


def _latest(friend_id: int) -> int:
    return db.session.scalar(select(func.max(Activity.id)).where(Activity.friend_id == friend_id)) or 0


def _mine(friend_id: int) -> Select[Any]:
    return select(Activity).where(Activity.friend_id == friend_id)


def _entries(query: Select[Any], limit: int) -> Sequence[TimelineEntry]:
    rows = db.session.scalars(query.order_by(Activity.occurred_at.desc(), Activity.id.desc()).limit(limit))
    return [TimelineEntry(NAME, row.id, row.occurred_at, describe(row.kind, row.data), row.member_id) for row in rows]


ACTIVITIES = TimelineSource(NAME, _page, _newer, _latest)
