"""Broadcasts on the timeline of a friend, read from the ledger: no row is stored for each person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select

from app.core.characters import isolated
from app.core.db import db
from app.core.i18n import _
from app.friends.timeline import Line
from app.friends.timeline_sources import TimelineEntry, TimelinePosition, TimelineSource, register
from app.messages.broadcasts.queries.received import NUMBER, RECEIVED_AT, received_by
from app.messages.broadcasts.readers import place_of

NAME = "broadcasts"


def _page(friend_id: int, place: TimelinePosition | None, limit: int) -> Sequence[TimelineEntry]:
    query = received_by(friend_id)
    return _entries(query if place is None else query.where(place.older(NAME, RECEIVED_AT, NUMBER)), limit)


def _newer(friend_id: int, number: int, limit: int) -> Sequence[TimelineEntry]:
    return _entries(received_by(friend_id).where(number < NUMBER), limit)


def _latest(friend_id: int) -> int:
    found = db.session.execute(received_by(friend_id).limit(1)).one_or_none()
    return int(found.number) if found else 0


def _entries(query: Select[int, str, datetime, int], limit: int) -> Sequence[TimelineEntry]:
    rows = db.session.execute(query.limit(limit)).all()
    return [TimelineEntry(NAME, int(row.number), row.received_at, _line(row.id, row.name)) for row in rows]


def _line(broadcast_id: int, name: str) -> Line:
    return Line("speakerphone", _("Received a broadcast"), isolated(name), place=place_of(broadcast_id))


register(TimelineSource(NAME, _page, _newer, _latest))
