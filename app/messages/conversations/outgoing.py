"""Record what the account sends to single friends, groups and rooms."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from app.core.db import db
from app.messages.conversations.models import TRANSACTION, Direction, MessageState
from app.messages.conversations.updating import WrittenLine, lines_went_on
from app.team.actors import Actor

_RECORD = text("""
    INSERT INTO conversation_messages (account_id, chat_id, friend_id, direction, author_kind, author_id, type, content,
        state, occurred_at, send_id, position, cause_kind, cause_id, is_answer)
    SELECT account_id, chat_id, friend_id, :direction, :author_kind, CAST(:author_id AS bigint),
        coalesce(message ->> 'type', 'None'), message, :state, occurred_at, send_id, position - 1, cause_kind, cause_id,
        CAST(:is_answer AS boolean)
    FROM unnest(CAST(:send_ids AS bigint[]), CAST(:account_ids AS bigint[]), CAST(:chat_ids AS text[]),
            CAST(:friend_ids AS bigint[]), CAST(:cause_kinds AS text[]), CAST(:cause_ids AS text[]),
            CAST(:messages AS text[]), CAST(:moments AS timestamptz[]))
            AS given (send_id, account_id, chat_id, friend_id, cause_kind, cause_id, messages, occurred_at),
        jsonb_array_elements(CAST(messages AS jsonb)) WITH ORDINALITY AS one (message, position)
    ORDER BY send_id, position
    RETURNING id, account_id, chat_id, friend_id, occurred_at
""")
_SETTLE = text(f"""
    UPDATE conversation_messages row SET
        state = given.state,
        occurred_at = coalesce(given.at, row.occurred_at),
        line_message_id = nullif(CAST(given.sent AS jsonb) -> CAST(row.position AS integer) ->> 'id', ''),
        quote_token = CAST(given.sent AS jsonb) -> CAST(row.position AS integer) ->> 'quoteToken',
        changed_in = {TRANSACTION}
    FROM unnest(CAST(:send_ids AS bigint[]), CAST(:states AS text[]), CAST(:sent AS text[]),
            CAST(:moments AS timestamptz[])) AS given (send_id, state, sent, at)
    WHERE row.send_id = given.send_id
    RETURNING row.id, row.account_id, row.chat_id, row.friend_id, row.occurred_at, row.state, row.is_answer
""")  # noqa: S608

_QUOTE = text("""
    UPDATE conversation_messages SET quoted_message_id = :quoted WHERE send_id = :send_id AND content ? 'quoteToken'
""")
_QUOTE_AGAIN = text("""
    UPDATE conversation_messages again SET quoted_message_id = before.quoted_message_id
    FROM conversation_messages before
    WHERE again.send_id = :again_id AND before.send_id = :send_id AND before.position = again.position
""")

_TOUCH = text(f"""
    UPDATE conversation_messages row SET changed_in = {TRANSACTION} WHERE row.send_id = ANY(CAST(:send_ids AS bigint[]))
    RETURNING row.id, row.account_id, row.chat_id, row.friend_id, row.occurred_at, row.state, row.is_answer
""")  # noqa: S608


@dataclass(frozen=True)
class Outgoing:
    """One send: its row's id, where to, why, and LINE's messages in order as JSON."""

    send_id: int
    account_id: int
    chat_id: str
    friend_id: int | None
    cause_kind: str
    cause_id: str
    messages: str
    occurred_at: datetime


@dataclass(frozen=True)
class SettledOutgoing:
    """What became of a send's messages; `sent` is LINE's list of them, in order, each {"id", "quoteToken"?}."""

    send_id: int
    state: MessageState
    sent: Sequence[Mapping[str, Any]] = ()
    at: datetime | None = None


def record_outgoing(sends: Sequence[Outgoing], *, actor: Actor, is_answer: bool = False) -> None:
    """Add a waiting row for each message of these sends; `is_answer`: by a person or the Customer Agent."""
    lists = {
        "send_ids": [one.send_id for one in sends],
        "account_ids": [one.account_id for one in sends],
        "chat_ids": [one.chat_id for one in sends],
        "friend_ids": [one.friend_id for one in sends],
        "cause_kinds": [one.cause_kind for one in sends],
        "cause_ids": [one.cause_id for one in sends],
        "messages": [one.messages for one in sends],
        "moments": [one.occurred_at for one in sends],
    }
    author = {"author_kind": actor.kind.value, "author_id": actor.id}
    kinds = {"direction": Direction.OUT, "state": MessageState.WAITING, "is_answer": is_answer}
    rows = db.session.execute(_RECORD, {**lists, **author, **kinds})
    lines_went_on(
        [WrittenLine(row.id, row.account_id, row.chat_id, row.friend_id, row.occurred_at, is_new=True) for row in rows]
    )


def touch_outgoing(send_ids: Sequence[int]) -> None:
    """Let open pages look again at the messages of these sends, such as for why they wait."""
    if send_ids:
        lines_went_on([_settled_line(row) for row in db.session.execute(_TOUCH, {"send_ids": list(send_ids)})])


def note_quote(send_id: int, line_message_id: str | None) -> None:
    """Note which message the quoting one of this send quotes, by LINE's id."""
    db.session.execute(_QUOTE, {"send_id": send_id, "quoted": line_message_id})


def copy_quote(send_id: int, again_id: int) -> None:
    """Let a send that repeats another one quote the same message."""
    db.session.execute(_QUOTE_AGAIN, {"send_id": send_id, "again_id": again_id})


def settle_outgoing(settled: Sequence[SettledOutgoing]) -> None:
    """Write what became of the messages of these sends."""
    lists = {
        "send_ids": [one.send_id for one in settled],
        "states": [one.state for one in settled],
        "sent": [json.dumps(list(one.sent)) for one in settled],
        "moments": [one.at for one in settled],
    }
    rows = db.session.execute(_SETTLE, lists)
    lines_went_on([_settled_line(row) for row in rows])


def _settled_line(row: Row[Any]) -> WrittenLine:
    is_answer = row.is_answer and row.state in {MessageState.SENT, MessageState.UNKNOWN}
    return WrittenLine(
        row.id, row.account_id, row.chat_id, row.friend_id, row.occurred_at, is_new=False, is_answer=is_answer
    )
