"""What happened with one friend, newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select, tuple_

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.pages import Page, decode_key, encode_key
from app.friends.models import Activity
from app.team.models import Member

PAGE_SIZE = 30


def timeline_page(friend_id: int, after: str | None = None, size: int = PAGE_SIZE) -> Page[Activity]:
    """The activities after a key; raises InvalidInput for an invented key."""
    query = select(Activity).where(Activity.friend_id == friend_id)
    if after:
        query = query.where(tuple_(Activity.occurred_at, Activity.id) < tuple_(*_edge(after)))
    found = db.session.scalars(query.order_by(Activity.occurred_at.desc(), Activity.id.desc()).limit(size + 1)).all()
    rows = found[:size]
    last = rows[-1] if len(found) > size else None
    return Page(rows, next=encode_key(last.occurred_at.isoformat(), last.id) if last else None)


def newer_activities(friend_id: int, than: int) -> Sequence[Activity]:
    """The activities written down since the one with this id, newest first; LINE may tell of old ones late."""
    query = select(Activity).where(Activity.friend_id == friend_id, Activity.id > than)
    return db.session.scalars(query.order_by(Activity.occurred_at.desc(), Activity.id.desc()).limit(100)).all()


def names_of_members(page: Page[Activity]) -> Mapping[int, str]:
    """Names of the members behind these activities; those who were removed are not in it."""
    ids = {row.member_id for row in page.rows if row.member_id is not None}
    query = select(Member.id, Member.name).where(Member.id.in_(ids))
    return {row.id: row.name for row in db.session.execute(query)} if ids else {}


def _edge(key: str) -> tuple[Any, Any]:
    moment, row_id = decode_key(key, 2)
    try:
        return datetime.fromisoformat(moment), int(row_id)
    except (TypeError, ValueError) as error:
        raise InvalidInput(after=_l("This page address is not valid. Start again from the first page.")) from error
