"""Names of friends where LINE's events are listed."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.core.db import db
from app.friends.models import Friend
from app.line.source_names import BOOKS, NameBook, SourceName
from app.team.permissions import Permission


def _names(account_id: int, ids: Collection[str]) -> dict[str, SourceName]:
    columns = select(Friend.line_user_id, Friend.display_name, Friend.id)
    known = columns.where(Friend.account_id == account_id, Friend.line_user_id.in_(ids))
    return {
        line_id: SourceName(name, "friends.show", {"account_id": account_id, "friend_id": friend_id})
        for line_id, name, friend_id in db.session.execute(known)
        if name
    }


BOOKS.add("friends", NameBook(Permission.FRIENDS, _names))
