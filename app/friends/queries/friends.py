"""One friend, and whether there is any."""

from __future__ import annotations

from sqlalchemy import exists, select

from app.core.db import db
from app.core.errors import NotFound
from app.friends.models import Friend


def get_friend(account_id: int, friend_id: int) -> Friend:
    """Return the account's friend; raises NotFound."""
    friend = db.session.get(Friend, friend_id)
    if friend is None or friend.account_id != account_id:
        raise NotFound
    return friend


def has_friends(account_id: int) -> bool:
    """Return whether the account has any friend."""
    return bool(db.session.scalar(select(exists().where(Friend.account_id == account_id))))
