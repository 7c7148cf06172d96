"""Who is writing at the moment: kept for seconds in Redis, since losing it costs nothing."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import redis
from sqlalchemy import select

from app.chat.settings.queries import settings_of_account
from app.core.db import db
from app.core.i18n import listed, ngettext
from app.core.queue import Queue, broker, wake
from app.core.recent import Recent
from app.messages.conversations.models import Conversation, ConversationKind
from app.team.models import Member

# A page that is typed into says so more often.
SECONDS = 8
# Members who write, by conversation and until when: few at a time, so that all pages of a process read them at once.
KEY = "tomoru:chat:writing"
Writers = Mapping[int, frozenset[int]]
_RECENT: Recent[float, Writers] = Recent(1, 10)


def note_writing(conversation: Conversation, member_id: int) -> None:
    """Note that the member types an answer, and have the friend shown so where the account wants it."""
    moment = time.time()
    with _unless_away():
        broker.client.zremrangebyscore(KEY, "-inf", moment)
        broker.client.zadd(KEY, {_writer(conversation.id, member_id): moment + SECONDS})
        broker.client.expire(KEY, SECONDS)
    _show_friend(conversation)


def stop_writing(conversation: Conversation, member_id: int) -> None:
    """Note that the member has sent the answer."""
    with _unless_away():
        broker.client.zrem(KEY, _writer(conversation.id, member_id))


def who_writes(conversation_id: int, but: int, moment: float | None = None) -> str:
    """Return in a sentence which other members are writing; "" where none is.

    All who ask with the same `moment` are told what the first of them was.
    """
    writers = _writers() if moment is None else _RECENT.made(moment, _writers)
    ids = writers.get(conversation_id, frozenset()) - {but}
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


def _writers() -> Writers:
    found: defaultdict[int, set[int]] = defaultdict(set)
    with _unless_away():
        kept: Any = broker.client.zrangebyscore(KEY, time.time(), "+inf")
        for one in kept:
            conversation_id, member_id = map(int, one.split(b":"))
            found[conversation_id].add(member_id)
    return {conversation_id: frozenset(ids) for conversation_id, ids in found.items()}


def _writer(conversation_id: int, member_id: int) -> str:
    return f"{conversation_id}:{member_id}"


@contextmanager
def _unless_away() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, OSError):
        return
