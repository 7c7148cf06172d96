"""Friends and tags for tests."""

from __future__ import annotations

from itertools import count
from typing import Any

from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend, FriendTag, Tag
from app.line.models import Account

_numbers = count(1)


def friend(account: Account, tags: tuple[Tag, ...] = (), **values: Any) -> Friend:
    """A stored friend."""
    number = next(_numbers)
    defaults = {
        "line_user_id": f"U{number:032x}",
        "display_name": f"Friend {number}",
        "origin": "webhook",
        "followed_at": now(),
    }
    row = Friend(account_id=account.id, **{**defaults, **values})
    db.session.add(row)
    db.session.flush()
    db.session.add_all(FriendTag(tag_id=tag.id, friend_id=row.id) for tag in tags)
    db.session.commit()
    return row


def tag(account: Account, name: str = "") -> Tag:
    """A stored tag."""
    row = Tag(account_id=account.id, name=name or f"Tag {next(_numbers)}")
    db.session.add(row)
    db.session.commit()
    return row
