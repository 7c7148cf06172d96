"""Bring conversations up to date with the lines of their threads, in sets and in the transaction that writes the lines.

All that is done here may be done again, and in another order, with the same result.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text

from app.core.db import db
from app.messages.conversations.models import TRANSACTION
from app.messages.conversations.timers import wait_for_answers

_GIVEN = """jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (
    account_id bigint, chat_id text, friend_id bigint, line_id bigint, line_at timestamptz,
    incoming_id bigint, incoming_at timestamptz, waits_since timestamptz, answered_id bigint)"""
_NEWER = (
    "(excluded.last_message_at, excluded.last_message_id) > (old.last_message_at, coalesce(old.last_message_id, 0))"
)
# A conversation begins with what the other side says or taps. No one waits who has gone since, see `waiting.py`.
_COME_IN = text(f"""
INSERT INTO conversations AS old (account_id, chat_id, kind, friend_id, group_id, started_at, last_message_id,
    last_message_at, last_incoming_id, last_incoming_at, unanswered_since)
SELECT given.account_id, given.chat_id, CASE WHEN given.chat_id ~ '^[CR]' THEN 'group' ELSE 'friend' END,
    given.friend_id, known.id, line_at, line_id, line_at, incoming_id, incoming_at, CASE
        WHEN person.follow_status = 'blocked' AND person.status_changed_at >= incoming_at THEN NULL
        WHEN NOT known.is_joined AND known.membership_changed_at >= incoming_at THEN NULL
        ELSE waits_since END
FROM {_GIVEN}
LEFT JOIN groups known ON known.account_id = given.account_id AND known.line_group_id = given.chat_id
LEFT JOIN friends person ON person.id = given.friend_id
ORDER BY given.account_id, given.chat_id
ON CONFLICT (account_id, chat_id) DO UPDATE SET
    friend_id = coalesce(old.friend_id, excluded.friend_id),
    group_id = coalesce(old.group_id, excluded.group_id),
    last_message_id = CASE WHEN {_NEWER} THEN excluded.last_message_id ELSE old.last_message_id END,
    last_message_at = greatest(old.last_message_at, excluded.last_message_at),
    last_incoming_id = greatest(old.last_incoming_id, excluded.last_incoming_id),
    last_incoming_at = greatest(old.last_incoming_at, excluded.last_incoming_at),
    unanswered_since = least(old.unanswered_since, excluded.unanswered_since),
    status = CASE
        WHEN old.status = 'done' AND excluded.last_incoming_at > coalesce(old.last_incoming_at, '-infinity')
        THEN coalesce((SELECT status_on_message FROM chat_settings WHERE account_id = old.account_id), 'to_do')
        ELSE old.status END,
    changed_in = {TRANSACTION}
""")  # noqa: S608
_GO_ON = text(f"""
WITH given AS (SELECT * FROM {_GIVEN}),
    held AS (
        SELECT row.id, given.* FROM conversations row
        JOIN given ON given.account_id = row.account_id AND given.chat_id = row.chat_id
        ORDER BY row.account_id, row.chat_id FOR UPDATE OF row
    )
UPDATE conversations old SET
    last_message_id = CASE
        WHEN (line_at, line_id) > (last_message_at, coalesce(last_message_id, 0)) THEN line_id ELSE last_message_id END,
    last_message_at = greatest(last_message_at, line_at),
    answered_id = greatest(old.answered_id, held.answered_id),
    unanswered_since = CASE
        WHEN held.answered_id IS NULL THEN unanswered_since
        WHEN last_incoming_id > greatest(old.answered_id, held.answered_id) THEN (
            SELECT min(occurred_at) FROM conversation_messages line
            WHERE line.account_id = old.account_id AND line.chat_id = old.chat_id AND line.direction = 'in'
                AND line.type <> 'postback' AND line.occurred_at >= old.unanswered_since
                AND line.id > greatest(old.answered_id, held.answered_id)
        ) END,
    changed_in = {TRANSACTION}
FROM held WHERE held.id = old.id
""")  # noqa: S608


class WrittenLine(NamedTuple):
    """A line of a thread that was added, or changed where `is_new` is not set."""

    id: int
    account_id: int
    chat_id: str
    friend_id: int | None
    at: datetime
    is_new: bool
    # The other side wrote or tapped it, which begins a conversation.
    is_of_person: bool = False
    # A message of the other side, which has to be read and answered.
    is_incoming: bool = False
    # An answer by a person or the Customer Agent that LINE took, or may have taken.
    is_answer: bool = False


def lines_came_in(lines: Iterable[WrittenLine]) -> None:
    """Begin or bring up to date the conversations of lines that the other side made."""
    new, changed = list[WrittenLine](), list[WrittenLine]()
    for line in lines:
        (new if line.is_new else changed).append(line)
    _write(_COME_IN, new)
    wait_for_answers({(line.account_id, line.chat_id) for line in new if line.is_incoming})
    lines_went_on(changed)


def lines_went_on(lines: Sequence[WrittenLine]) -> None:
    """Bring up to date the conversations of lines that do not begin one, where there is one."""
    _write(_GO_ON, lines)


def is_group(chat_id: str) -> bool:
    """Return whether the chat is with a group or room, by its id at LINE."""
    return chat_id.startswith(("C", "R"))


def _write(statement: Any, lines: Sequence[WrittenLine]) -> None:
    if lines:
        chats: defaultdict[tuple[int, str], list[WrittenLine]] = defaultdict(list)
        for line in lines:
            chats[line.account_id, line.chat_id].append(line)
        rows = [_row(of_chat) for _chat, of_chat in sorted(chats.items(), key=lambda one: one[0])]
        db.session.execute(statement, {"rows": json.dumps(rows, default=datetime.isoformat)})


def _row(lines: Sequence[WrittenLine]) -> dict[str, Any]:
    """Return what the lines of one chat change, the newest by LINE's time, then by id."""
    last = max(lines, key=lambda line: (line.at, line.id))
    incoming = [line for line in lines if line.is_incoming]
    answers = [line.id for line in lines if line.is_answer]
    return {
        "account_id": last.account_id,
        "chat_id": last.chat_id,
        "friend_id": None if is_group(last.chat_id) else last.friend_id,
        "line_id": last.id,
        "line_at": last.at,
        "incoming_id": max((line.id for line in incoming), default=None),
        "incoming_at": max((line.at for line in incoming), default=None),
        "waits_since": min((line.at for line in incoming), default=None),
        "answered_id": max(answers, default=None),
    }
