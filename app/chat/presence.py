"""Who is writing at the moment: kept for seconds in Redis, since losing it costs nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from sqlalchemy import select

from app.chat.settings.queries import settings_of_account
from app.core.db import db
from app.core.i18n import listed, ngettext
from app.core.queue import Queue, broker, wake
from app.messages.conversations.models import Conversation, ConversationKind
from app.team.models import Member

# A page that is typed into says so more often.
SECONDS = 8


def note_writing(conversation: Conversation, member_id: int) -> None:
    """Note that the member types an answer, and have the friend shown so where the account wants it."""
    key, moment = _key(conversation.id), time.time()
    with _unless_away():
        broker.client.zadd(key, {str(member_id): moment + SECONDS})
        broker.client.expire(key, SECONDS)
    _show_friend(conversation)


def stop_writing(conversation: Conversation, member_id: int) -> None:
    """Note that the member has sent the answer."""
    with _unless_away():
        broker.client.zrem(_key(conversation.id), str(member_id))


def who_writes(conversation: Conversation, but: int) -> str:
    """Return in a sentence which other members are writing; "" where none is."""
    ids: list[int] = []
    with _unless_away():
        found: Any = broker.client.zrangebyscore(_key(conversation.id), time.time(), "+inf")
        ids = [int(one) for one in found if int(one) != but]
    if not ids:
        return ""
    names = [one.label for one in db.session.scalars(select(Member).where(Member.id.in_(ids)).order_by(Member.name))]
    return ngettext("%(names)s is writing …", "%(names)s are writing …", len(names), names=listed(names))


def _show_friend(conversation: Conversation) -> None:
    """Let a worker start LINE's animation, once for the time that it lasts."""
    seconds = settings_of_account(conversation.account_id).loading_seconds
    if not seconds or conversation.kind != ConversationKind.FRIEND or conversation.is_spam:
        return
    is_first = False
    with _unless_away():
        is_first = bool(broker.client.set(f"tomoru:chat:loading:{conversation.id}", 1, ex=seconds, nx=True))
    if is_first:
        wake("chat.timing.show_loading", conversation.id, queue=Queue.SENDING)


def _key(conversation_id: int) -> str:
    return f"tomoru:chat:writing:{conversation_id}"


@contextmanager
def _unless_away() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, OSError):
        return
