"""What is to be done for conversations by themselves, and when; `app/chat/timing` does it.

Whether there is anything to do is looked at when the time has come: a row that is due early, or twice, does no harm.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import text

from app.core import queue
from app.core.db import db
from app.core.due.registry import DueKind, register
from app.core.queue import Queue
from app.messages.conversations.models import ConversationTimer, Owner, TimerKind

TIMERS = register(
    DueKind(
        "messages.conversation_timers",
        ConversationTimer,
        wake=lambda: queue.wake("chat.timing.keep_time", queue=Queue.SENDING),
        columns=(ConversationTimer.conversation_id, ConversationTimer.kind),
        # One call to LINE each, so that a slow one holds up no other.
        batch=1,
    )
)
# A row that waits keeps the earlier time. Rows are locked in one order, after their conversations.
_SET = """
INSERT INTO conversation_timers AS old (conversation_id, kind, due_at)
SELECT row.id, wanted.kind, statement_timestamp() + wanted.after FROM {source}
ORDER BY row.id, wanted.kind
ON CONFLICT (conversation_id, kind) DO UPDATE SET due_at = least(old.due_at, excluded.due_at), attempts = 0,
    leased_until = NULL, reason = NULL
RETURNING old.kind
"""
_CAME_IN = text(
    _SET.format(
        source="""
    jsonb_to_recordset(CAST(:chats AS jsonb)) AS given (account_id bigint, chat_id text)
    JOIN conversations row ON row.account_id = given.account_id AND row.chat_id = given.chat_id AND NOT row.is_spam
    JOIN chat_settings settings ON settings.account_id = row.account_id
    CROSS JOIN LATERAL (
        SELECT 'answer', answer_within * interval '1 minute' WHERE answer_within IS NOT NULL AND alerts <> 'none'
        UNION ALL SELECT 'closed', interval '0' WHERE closed_content IS NOT NULL AND row.kind = 'friend'
    ) AS wanted (kind, after)"""
    )
)
_OWNED = text(
    _SET.format(
        source=f"""
    conversations row
    JOIN chat_settings settings ON settings.account_id = row.account_id AND release_after IS NOT NULL
    CROSS JOIN LATERAL (VALUES ('{TimerKind.RELEASE}', release_after * interval '1 hour')) AS wanted (kind, after)
    WHERE row.owner = '{Owner.PERSON}' AND row.account_id = :account_id
        AND row.id = coalesce(CAST(:id AS bigint), row.id)"""
    )
)
_HANDED_OVER = text(
    _SET.format(
        source="""
    conversations row
    JOIN chat_settings settings ON settings.account_id = row.account_id
    CROSS JOIN LATERAL (
        SELECT 'answer', answer_within * interval '1 minute' WHERE answer_within IS NOT NULL AND alerts <> 'none'
        UNION ALL SELECT 'release', release_after * interval '1 hour' WHERE release_after IS NOT NULL
    ) AS wanted (kind, after)
    WHERE row.id = ANY(:ids)"""
    )
)
_WAITING = text(
    _SET.format(
        source=f"""
    conversations row
    CROSS JOIN LATERAL (VALUES ('{TimerKind.ANSWER}', interval '0')) AS wanted (kind, after)
    WHERE row.account_id = :account_id AND row.unanswered_since IS NOT NULL AND NOT row.is_spam"""
    )
)
_READ = text(
    _SET.format(
        source=f"""
    conversations row
    CROSS JOIN LATERAL (VALUES ('{TimerKind.READ}', interval '0')) AS wanted (kind, after)
    WHERE row.id = :id"""
    )
)


def wait_for_person(conversation_ids: Collection[int]) -> None:
    """Look after these conversations, which have been handed over to a person."""
    if conversation_ids:
        _set(_HANDED_OVER, ids=sorted(conversation_ids))


def wait_for_answers(chats: Collection[tuple[int, str]]) -> None:
    """Look after these chats, each account and chat id, in which the other side has just written."""
    if chats:
        given = json.dumps([{"account_id": account_id, "chat_id": chat_id} for account_id, chat_id in sorted(chats)])
        _set(_CAME_IN, chats=given)


def wait_for_release(account_id: int, conversation_id: int | None = None) -> None:
    """Look later whether a conversation that a person owns is idle; without an id, all of the account."""
    _set(_OWNED, account_id=account_id, id=conversation_id)


def look_at_waiting(account_id: int) -> None:
    """Look at all conversations of the account in which the other side waits, since its settings have changed."""
    _set(_WAITING, account_id=account_id)


def tell_read(conversation_id: int) -> None:
    """Have LINE told that the conversation is read."""
    _set(_READ, id=conversation_id)


def _set(statement: Any, **values: Any) -> None:
    kinds: Iterable[str] = db.session.scalars(statement, values).all()
    if {TimerKind.CLOSED, TimerKind.READ} & set(kinds):
        queue.after_commit(db.session, "chat.timing.keep_time", queue=Queue.SENDING)
