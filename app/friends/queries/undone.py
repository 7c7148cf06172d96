"""What undone changes did to a friend, as a source of the timeline: one row tells of thousands of friends."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, select

from app.core.db import db
from app.friends.list_models import UndoneTags
from app.friends.models import Friend
from app.friends.sources import UNDO
from app.friends.timeline import describe
from app.friends.timeline_sources import TimelineEntry, TimelinePosition, TimelineSource, columns_of

NAME = "undone_tags"


def _about(friend_id: int) -> list[ColumnElement[bool]]:
    account = select(Friend.account_id).where(Friend.id == friend_id).scalar_subquery()
    within = (UndoneTags.first_friend_id <= friend_id, UndoneTags.last_friend_id >= friend_id)
    return [UndoneTags.account_id == account, *within, UndoneTags.friend_ids.contains([friend_id])]


def _entries(where: Sequence[ColumnElement[bool]], limit: int) -> list[TimelineEntry]:
    columns = (UndoneTags.id, UndoneTags.occurred_at, UndoneTags.kind, UndoneTags.name, UndoneTags.member_id)
    query = select(*columns).where(*where).order_by(UndoneTags.occurred_at.desc(), UndoneTags.id.desc()).limit(limit)
    return [
        TimelineEntry(
            NAME, row.id, row.occurred_at, describe(row.kind, {"name": row.name, "source": UNDO}), row.member_id
        )
        for row in db.session.execute(query)
    ]


def _page(friend_id: int, place: TimelinePosition | None, limit: int) -> Sequence[TimelineEntry]:
    below = [place.older(NAME, *columns_of(UndoneTags))] if place else []
    return _entries([*_about(friend_id), *below], limit)


def _newer(friend_id: int, number: int, limit: int) -> Sequence[TimelineEntry]:
    return _entries([*_about(friend_id), UndoneTags.id > number], limit)


def _latest(friend_id: int) -> int:
    return db.session.scalar(select(func.max(UndoneTags.id)).where(*_about(friend_id))) or 0


UNDONE = TimelineSource(NAME, _page, _newer, _latest)
