"""Conversations without a sandbox: what people wrote, stored as a processed event stores it."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend
from app.line.events import MessageReceived
from app.line.models import Account
from app.messages.conversations.incoming import record_received
from app.messages.conversations.models import Conversation
from tests.factories.friends import friend

_numbers = count(10**17)


def wrote(account: Account, words: str = "Hello", who: Friend | None = None, **message: Any) -> Conversation:
    """Store a message of a friend, a new one where none is given, and return the conversation. Commits."""
    writer = who or friend(account)
    content = {"type": "text", "id": str(next(_numbers)), "text": words, **message}
    said = MessageReceived(
        account_id=account.id,
        webhook_event_id=next(_numbers) - 10**17,
        occurred_at=now(),
        is_standby=False,
        line_user_id=writer.line_user_id,
        group_id=None,
        message=content,
    )
    record_received([said])
    db.session.commit()
    query = db.select(Conversation).where(Conversation.chat_id == writer.line_user_id)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def with_name(account: Account, name: str, words: str = "Hello") -> Conversation:
    """Store a message of a new friend of this name."""
    return wrote(account, words, friend(account, display_name=name))


def since(page: str) -> str:
    """Return what the page sends to say what it knows."""
    return "{}&told={}".format(*re.findall(r'data-(?:since|told)="([^"]*)"', page)[:2])


def seen(page: str) -> str:
    """Return up to which change the page shows its conversation."""
    return re.findall(r'data-seen="(\d+)"', page)[0]
