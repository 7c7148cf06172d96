"""The broadcasts that one friend received, from the ledger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ColumnElement, Select, cast, extract, func, select

from app.friends.models import Friend
from app.messages.broadcasts.models import Broadcast, BroadcastChunk, BroadcastRecipient, RecipientState

Recipient, Chunk = BroadcastRecipient, BroadcastChunk
# When LINE took the message for the friend.
RECEIVED_AT: ColumnElement[datetime] = func.coalesce(Chunk.settled_at, Broadcast.started_at)
# The same in microseconds: a number that grows with time, which the broadcasts' ids need not do.
NUMBER: ColumnElement[int] = cast(extract("epoch", RECEIVED_AT) * 1_000_000, BigInteger)


def received_by(friend_id: int) -> Select[int, str, datetime, int]:
    """Select `id`, `name`, `received_at` and `number` of the broadcasts that a friend received, the last one first."""
    mine = select(Friend.account_id).where(Friend.id == friend_id).scalar_subquery()
    return (
        select(Broadcast.id, Broadcast.name, RECEIVED_AT.label("received_at"), NUMBER.label("number"))
        .join(Recipient, (Recipient.broadcast_id == Broadcast.id) & (Recipient.friend_id == friend_id))
        .join(Chunk, (Chunk.broadcast_id == Recipient.broadcast_id) & (Chunk.number == Recipient.chunk))
        .where(Broadcast.account_id == mine, Broadcast.started_at.is_not(None))
        .where(func.coalesce(Recipient.state, Chunk.state) == RecipientState.SENT)
        .order_by(RECEIVED_AT.desc(), NUMBER.desc())
    )
