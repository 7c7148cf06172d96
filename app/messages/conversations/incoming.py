"""Record what people write: each message once, with its newest words, or none when it was taken back.

A message, its edits and its taking back may come in any order and more than once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, text

from app.core.db import db
from app.friends.messages import kept
from app.friends.models import Friend
from app.line import identifiers
from app.line.events import MessageEdited, MessageReceived, MessageUnsent
from app.messages.conversations.models import Direction, MessageState

_COLUMNS = (
    "account_id, chat_id, friend_id, author_line_id, type, content, state, line_message_id, quote_token,"
    " quoted_message_id, occurred_at, edited_at, is_standby, webhook_event_id"
)
_SOURCE = f"""
INSERT INTO conversation_messages ({_COLUMNS}, direction, author_kind, cause_kind, cause_id)
SELECT {_COLUMNS}, '{Direction.IN}', 'friend', 'webhook_event', CAST(webhook_event_id AS text)
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS message (
    account_id bigint, chat_id text, friend_id bigint, author_line_id text, type text, content jsonb, state text,
    line_message_id text, quote_token text, quoted_message_id text, occurred_at timestamptz, edited_at timestamptz,
    is_standby boolean, webhook_event_id bigint
)
"""  # noqa: S608
_RECORD = text(f"""{_SOURCE}
ON CONFLICT (account_id, line_message_id) DO UPDATE SET
    occurred_at = LEAST(conversation_messages.occurred_at, excluded.occurred_at),
    state = CASE WHEN excluded.state = 'unsent' THEN 'unsent' ELSE conversation_messages.state END,
    content = CASE
        WHEN 'unsent' IN (conversation_messages.state, excluded.state) THEN '{{}}'
        WHEN excluded.edited_at > COALESCE(conversation_messages.edited_at, '-infinity') THEN excluded.content
        ELSE conversation_messages.content END,
    edited_at = GREATEST(conversation_messages.edited_at, excluded.edited_at)
WHERE conversation_messages.direction = 'in'
""")
_RECORD_WITHOUT_ID = text(f"{_SOURCE} ON CONFLICT DO NOTHING")
_FORGET = text("""
UPDATE conversation_messages SET content = '{}', state = 'unsent', quote_token = NULL
WHERE account_id = :account_id AND line_message_id = :message_id AND direction = 'in'
""")


def record_received(batch: Sequence[MessageReceived]) -> None:
    """Store messages and edits of friends, groups and rooms, in the caller's transaction."""
    friends = _friends_of(batch)
    rows = [_row(said, friends.get((said.account_id, said.line_user_id))) for said in batch]
    _write(_RECORD_WITHOUT_ID, [row for row in rows if row["line_message_id"] is None])
    with_id = [row for row in rows if row["line_message_id"] is not None]
    for part in _without_repeats(with_id):
        _write(_RECORD, part)


def forget_unsent(said: MessageUnsent) -> None:
    """Remove the content of a message that its sender took back; the row stays."""
    db.session.execute(_FORGET, {"account_id": said.account_id, "message_id": said.message_id})


def _write(statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        db.session.execute(statement, {"rows": json.dumps(rows, ensure_ascii=False)})


def _without_repeats(rows: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Split rows into parts, in order, in which each message stands once; a statement changes a row only once."""
    parts: list[list[dict[str, Any]]] = []
    seen: set[tuple[int, str]] = set()
    for row in rows:
        key = (row["account_id"], row["line_message_id"])
        if not parts or key in seen:
            parts.append([])
            seen = set()
        parts[-1].append(row)
        seen.add(key)
    # In one order, so that two workers never wait for each other.
    return [sorted(part, key=lambda row: (row["account_id"], row["line_message_id"])) for part in parts]


def _friends_of(batch: Sequence[MessageReceived]) -> dict[tuple[int, str], int]:
    people = {
        said.account_id: {one.line_user_id for one in batch if one.account_id == said.account_id} for said in batch
    }
    found: dict[tuple[int, str], int] = {}
    for account_id, ids in people.items():
        query = select(Friend.line_user_id, Friend.id).where(
            Friend.account_id == account_id, Friend.line_user_id.in_(ids)
        )
        found |= {(account_id, row.line_user_id): row.id for row in db.session.execute(query)}
    return found


def _row(said: MessageReceived, friend_id: int | None) -> dict[str, Any]:
    is_gone, message = bool(said.message.get("unsent")), said.message
    content = {} if is_gone else kept(message)
    return {
        "account_id": said.account_id,
        "chat_id": said.group_id or said.line_user_id,
        "friend_id": friend_id,
        "author_line_id": said.line_user_id,
        "type": str(message.get("type") or "unknown"),
        "content": content,
        "state": MessageState.UNSENT if is_gone else MessageState.RECEIVED,
        "line_message_id": identifiers.message_id(message) or None,
        "quote_token": content.get("quoteToken"),
        "quoted_message_id": identifiers.message_id(content, "quotedMessageId"),
        "occurred_at": said.occurred_at.isoformat(),
        "edited_at": said.occurred_at.isoformat() if isinstance(said, MessageEdited) else None,
        "is_standby": said.is_standby,
        "webhook_event_id": said.webhook_event_id,
    }
