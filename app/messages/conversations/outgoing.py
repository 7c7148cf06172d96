"""Record what the account sends to single friends, groups and rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.db import db
from app.messages.conversations.models import ConversationMessage, Direction, MessageState
from app.team.actors import Actor


@dataclass(frozen=True)
class Outgoing:
    """One send: its row's id, where to, why, and LINE's messages in order."""

    send_id: int
    account_id: int
    chat_id: str
    friend_id: int | None
    cause_kind: str
    cause_id: str
    messages: Sequence[Mapping[str, Any]]
    occurred_at: datetime


def record_outgoing(send: Outgoing, *, actor: Actor) -> None:
    """Add a waiting row for each message of a send."""
    common: dict[str, Any] = {
        "account_id": send.account_id,
        "chat_id": send.chat_id,
        "friend_id": send.friend_id,
        "direction": Direction.OUT,
        "author_kind": actor.kind.value,
        "author_id": actor.id,
        "state": MessageState.WAITING,
        "occurred_at": send.occurred_at,
        "send_id": send.send_id,
        "cause_kind": send.cause_kind,
        "cause_id": send.cause_id,
    }
    rows = [
        {**common, "position": position, "type": str(message.get("type")), "content": dict(message)}
        for position, message in enumerate(send.messages)
    ]
    db.session.execute(insert(ConversationMessage).values(rows))


def settle_outgoing(
    send_id: int, state: MessageState, sent: Sequence[Mapping[str, Any]] = (), at: datetime | None = None
) -> None:
    """Write what became of a send's messages; `sent` is LINE's list of them, in order, each {"id", "quoteToken"?}."""
    mine = select(ConversationMessage).where(ConversationMessage.send_id == send_id)
    for row in db.session.scalars(mine.order_by(ConversationMessage.position)):
        row.state = state
        row.occurred_at = at or row.occurred_at
        told = sent[row.position] if row.position is not None and row.position < len(sent) else {}
        row.line_message_id = str(told["id"]) if told.get("id") else None
        row.quote_token = told.get("quoteToken")
    db.session.flush()
