"""Record what people write and tap: each message once, with its newest words, or none when it was taken back.

A message, its edits and its taking back may come in any order and more than once.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select, text

from app.core.db import db
from app.friends.messages import kept
from app.friends.models import Friend
from app.line import identifiers
from app.line.events import (
    GroupJoined,
    GroupLeft,
    GroupMembersJoined,
    GroupMembersLeft,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    PostbackReceived,
)
from app.messages.conversations.contents.ordering import TYPES, forget_contents, order_contents
from app.messages.conversations.models import TRANSACTION, Direction, MessageState
from app.messages.conversations.updating import WrittenLine, lines_came_in, lines_went_on
from app.team.actors import SYSTEM

POSTBACK = "postback"
GroupSaid = GroupJoined | GroupLeft | GroupMembersJoined | GroupMembersLeft
# Types of the lines about a group.
GROUP_LINES: dict[type, str] = {
    GroupJoined: "joined",
    GroupLeft: "left",
    GroupMembersJoined: "members_joined",
    GroupMembersLeft: "members_left",
}
_COLUMNS = (
    "account_id, chat_id, friend_id, author_line_id, type, content, state, line_message_id, quote_token,"
    " quoted_message_id, occurred_at, edited_at, is_standby, webhook_event_id"
)
_SOURCE = f"""
INSERT INTO conversation_messages ({_COLUMNS}, direction, author_kind, cause_kind, cause_id)
SELECT {_COLUMNS}, direction, author_kind, 'webhook_event', CAST(webhook_event_id AS text)
FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS message (
    account_id bigint, chat_id text, friend_id bigint, author_line_id text, type text, content jsonb, state text,
    line_message_id text, quote_token text, quoted_message_id text, occurred_at timestamptz, edited_at timestamptz,
    is_standby boolean, webhook_event_id bigint, direction text, author_kind text
)
"""  # noqa: S608
# A row that was there before has the number of the transaction that locked it for this.
_LINE = "RETURNING id, account_id, chat_id, friend_id, occurred_at, direction, type, xmax = 0 AS is_new"
_RECORD = text(f"""{_SOURCE}
ON CONFLICT (account_id, line_message_id) DO UPDATE SET
    occurred_at = LEAST(conversation_messages.occurred_at, excluded.occurred_at),
    state = CASE WHEN excluded.state = 'unsent' THEN 'unsent' ELSE conversation_messages.state END,
    content = CASE
        WHEN 'unsent' IN (conversation_messages.state, excluded.state) THEN '{{}}'
        WHEN excluded.edited_at > COALESCE(conversation_messages.edited_at, '-infinity') THEN excluded.content
        ELSE conversation_messages.content END,
    edited_at = GREATEST(conversation_messages.edited_at, excluded.edited_at),
    changed_in = {TRANSACTION}
WHERE conversation_messages.direction = 'in'
{_LINE}
""")
_RECORD_WITHOUT_ID = text(f"{_SOURCE} ON CONFLICT DO NOTHING {_LINE}")
_FORGET = text(f"""
UPDATE conversation_messages SET content = '{{}}', state = 'unsent', quote_token = NULL, changed_in = {TRANSACTION}
WHERE account_id = :account_id AND line_message_id = :message_id AND direction = 'in'
RETURNING id, account_id, chat_id, friend_id, occurred_at, direction, type, false AS is_new
""")  # noqa: S608


def record_received(
    batch: Sequence[MessageReceived | PostbackReceived | GroupSaid], *, is_history: bool = False
) -> None:
    """Store messages, edits, tapped buttons and what happens in groups, in the caller's transaction.

    `is_history`: they came long ago, and no one has to read or answer them any more.
    """
    friends = _friends_of(batch)
    rows = [_row(said, friends) for said in batch]
    lines = _write(_RECORD_WITHOUT_ID, [row for row in rows if row["line_message_id"] is None])
    for part in _without_repeats([row for row in rows if row["line_message_id"] is not None]):
        lines += _write(_RECORD, part)
    if any(row["type"] in TYPES for row in rows):
        order_contents([line.id for line in lines])
    if is_history:
        lines = [line._replace(is_incoming=False) for line in lines]
    lines_came_in(line for line in lines if line.is_of_person)
    lines_went_on([line for line in lines if not line.is_of_person])


def forget_unsent(said: MessageUnsent) -> None:
    """Remove the content of a message that its sender took back; the row stays."""
    given = {"account_id": said.account_id, "message_id": said.message_id}
    lines = [_line(row) for row in db.session.execute(_FORGET, given)]
    forget_contents([line.id for line in lines])
    lines_went_on(lines)


def _write(statement: Any, rows: Sequence[Mapping[str, Any]]) -> list[WrittenLine]:
    if not rows:
        return []
    written = db.session.execute(statement, {"rows": json.dumps(rows, ensure_ascii=False)})
    return [_line(row) for row in written]


def _line(row: Row[Any]) -> WrittenLine:
    is_of_person = row.direction == Direction.IN
    return WrittenLine(
        row.id,
        row.account_id,
        row.chat_id,
        row.friend_id,
        row.occurred_at,
        is_new=row.is_new,
        is_of_person=is_of_person,
        is_incoming=is_of_person and row.type != POSTBACK,
    )


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


def _friends_of(batch: Sequence[Any]) -> dict[tuple[int, str], int]:
    people: defaultdict[int, set[str]] = defaultdict(set)
    for said in batch:
        if line_user_id := getattr(said, "line_user_id", None):
            people[said.account_id].add(line_user_id)
    found: dict[tuple[int, str], int] = {}
    for account_id, ids in people.items():
        query = select(Friend.line_user_id, Friend.id).where(
            Friend.account_id == account_id, Friend.line_user_id.in_(ids)
        )
        found |= {(account_id, row.line_user_id): row.id for row in db.session.execute(query)}
    return found


def _row(said: Any, friends: Mapping[tuple[int, str], int]) -> dict[str, Any]:
    """Return the row of an event; what is not said here is empty."""
    own = _message(said) if isinstance(said, MessageReceived) else _happening(said)
    line_user_id: str | None = getattr(said, "line_user_id", None)
    return {
        "account_id": said.account_id,
        "chat_id": said.group_id or line_user_id,
        "friend_id": friends.get((said.account_id, line_user_id or "")),
        "author_line_id": line_user_id,
        "direction": Direction.IN if line_user_id else Direction.EVENT,
        "author_kind": "friend" if line_user_id else SYSTEM.kind.value,
        "state": MessageState.RECEIVED,
        "line_message_id": None,
        "occurred_at": said.occurred_at.isoformat(),
        "is_standby": said.is_standby,
        "webhook_event_id": said.webhook_event_id,
        **own,
    }


def _message(said: MessageReceived) -> dict[str, Any]:
    is_gone, message = bool(said.message.get("unsent")), said.message
    content = {} if is_gone else kept(message)
    return {
        "type": str(message.get("type") or "unknown"),
        "content": content,
        "state": MessageState.UNSENT if is_gone else MessageState.RECEIVED,
        "line_message_id": identifiers.message_id(message) or None,
        "quote_token": content.get("quoteToken"),
        "quoted_message_id": identifiers.message_id(content, "quotedMessageId"),
        "edited_at": said.occurred_at.isoformat() if isinstance(said, MessageEdited) else None,
    }


def _happening(said: PostbackReceived | GroupSaid) -> dict[str, Any]:
    if isinstance(said, PostbackReceived):
        return {"type": POSTBACK, "content": {"data": said.data, "params": said.params}}
    people = {"line_user_ids": list(said.line_user_ids)} if hasattr(said, "line_user_ids") else {}
    return {"type": GROUP_LINES[type(said)], "content": people}
