"""Conversations of many friends at once: begin them, hold them, change them, and tell of it in their threads."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Row, literal_column, select, text, update

from app.core.clock import now
from app.core.db import db
from app.messages.conversations.models import TRANSACTION, Conversation, Direction, MessageState
from app.messages.conversations.updating import WrittenLine, lines_went_on
from app.team.actors import Actor

# One that begins from our side stands in the list by its newest line, such as a broadcast, or by now.
_BEGIN = text("""
    INSERT INTO conversations AS old (account_id, chat_id, kind, friend_id, last_message_id, last_message_at)
    SELECT friend.account_id, friend.line_user_id, 'friend', friend.id, line.id, coalesce(line.occurred_at, now())
    FROM friends friend
    LEFT JOIN LATERAL (
        SELECT id, occurred_at FROM conversation_messages
        WHERE account_id = friend.account_id AND chat_id = friend.line_user_id
        ORDER BY occurred_at DESC, id DESC LIMIT 1) AS line ON true
    WHERE friend.account_id = :account_id AND friend.id = ANY(:friend_ids)
    ORDER BY friend.line_user_id
    ON CONFLICT (account_id, chat_id) DO UPDATE SET friend_id = excluded.friend_id WHERE old.friend_id IS NULL
""")
_TELL = text("""
    INSERT INTO conversation_messages (account_id, chat_id, friend_id, direction, author_kind, author_id, type, content,
        state, occurred_at, cause_kind, cause_id)
    SELECT row.account_id, row.chat_id, row.friend_id, :direction, :author_kind, CAST(:author_id AS bigint), :type,
        given.content, :state, :moment, 'conversation', CAST(row.id AS text)
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (id bigint, content jsonb)
    JOIN conversations row ON row.id = given.id
    ORDER BY row.account_id, row.chat_id
    RETURNING id, account_id, chat_id
""")
_NOW_CHANGED = literal_column(TRANSACTION, BigInteger)
_COLUMNS = (
    Conversation.id,
    Conversation.friend_id,
    Conversation.status,
    Conversation.assignee_id,
    Conversation.owner,
    Conversation.unanswered_since,
)


def lock_conversations(friend_ids: Collection[int]) -> None:
    """Lock the conversations with these friends, of any accounts, in the common order, without reading them."""
    mine = Conversation.friend_id.in_(friend_ids), Conversation.kind == "friend"
    query = select(Conversation.id).where(*mine).order_by(Conversation.account_id, Conversation.chat_id)
    db.session.execute(query.with_for_update())


def begin_conversations(account_id: int, friend_ids: Collection[int]) -> None:
    """Begin a conversation with each of these friends of the account with whom there is none."""
    db.session.execute(_BEGIN, {"account_id": account_id, "friend_ids": list(friend_ids)})


def hold_conversations(account_id: int, friend_ids: Collection[int]) -> list[Row[Any]]:
    """Begin where there is none, lock, and return the conversations with these friends of the account."""
    found = _held(account_id, friend_ids)
    missing = set(friend_ids) - {row.friend_id for row in found}
    if missing:
        begin_conversations(account_id, missing)
        found = _held(account_id, friend_ids)
    return found


def _held(account_id: int, friend_ids: Collection[int]) -> list[Row[Any]]:
    mine = Conversation.account_id == account_id, Conversation.friend_id.in_(friend_ids), Conversation.kind == "friend"
    query = select(*_COLUMNS).where(*mine).order_by(Conversation.chat_id).with_for_update()
    found: Any = db.session.execute(query).all()
    return list(found)


def change_conversations(ids: Collection[int], **values: Any) -> None:
    """Write these columns of conversations that the caller holds, and let open pages learn of it."""
    if ids:
        statement = update(Conversation).where(Conversation.id.in_(ids)).values(**values, changed_in=_NOW_CHANGED)
        db.session.execute(statement.execution_options(synchronize_session=False))


def tell_in_threads(
    contents: Mapping[int, Mapping[str, Any]], kind: str, *, actor: Actor, goes_on: bool = False
) -> None:
    """Add a line to the threads of these conversations, given by id with its content.

    A conversation that `goes_on` moves up in the list, as by a message.
    """
    if not contents:
        return
    moment = now()
    values = {
        "rows": json.dumps([{"id": one, "content": {"by": actor.label, **said}} for one, said in contents.items()]),
        "direction": Direction.EVENT,
        "author_kind": actor.kind.value,
        "author_id": actor.id,
        "type": kind,
        "state": MessageState.RECEIVED,
        "moment": moment,
    }
    lines = db.session.execute(_TELL, values).all()
    if goes_on:
        lines_went_on([_written(line, moment) for line in lines])


def _written(line: Row[Any], moment: datetime) -> WrittenLine:
    return WrittenLine(line.id, line.account_id, line.chat_id, None, moment, is_new=True)
