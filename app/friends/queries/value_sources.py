"""Sources of the values and tags of one friend, with the time of writing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import select

from app.core.db import db
from app.friends.models import FriendTag, FriendValueSource, ValueSource
from app.friends.sources import Origin, Source


def value_origins(friend_id: int) -> Mapping[str, Origin]:
    """Return source and time by field name, of values that were written since sources are kept."""
    stored = db.session.get(FriendValueSource, friend_id, populate_existing=True)
    if stored is None:
        return {}
    known = _sources(number for number, _at in stored.sources.values())
    return {
        name: Origin(known.get(number), datetime.fromisoformat(at)) for name, (number, at) in stored.sources.items()
    }


def tag_origins(friend_id: int) -> Mapping[int, Origin]:
    """Return source and time by tag id."""
    rows = db.session.execute(
        select(FriendTag.tag_id, FriendTag.source_id, FriendTag.added_at).where(FriendTag.friend_id == friend_id)
    ).all()
    known = _sources(row.source_id for row in rows if row.source_id is not None)
    return {row.tag_id: Origin(known.get(row.source_id), row.added_at) for row in rows}


def _sources(ids: Iterable[int]) -> dict[int | None, Source]:
    rows = db.session.scalars(select(ValueSource).where(ValueSource.id.in_(set(ids))))
    return {row.id: Source(row.kind, row.reference, row.label) for row in rows}
