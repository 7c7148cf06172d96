"""What the ledger says of the people of a broadcast, and the writes that concern many of its chunks at once.

A recipient without a state of its own is in that of its chunk. So a multicast for 500 people is recorded by one row.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, exists, func, literal_column, select, text, update

from app.core.db import db
from app.messages.broadcasts.models import (
    BroadcastChunk,
    BroadcastRecipient,
    ChunkState,
    RecipientState,
)

Recipient, Chunk = BroadcastRecipient, BroadcastChunk
NEW_KEY: ColumnElement[UUID] = literal_column("gen_random_uuid()")


def people_with_states(broadcast_id: int) -> Select[int, int, str]:
    """Select `position`, `friend_id` and `state` (a RecipientState) of each person of a broadcast."""
    mine = Chunk.broadcast_id == Recipient.broadcast_id, Chunk.number == Recipient.chunk
    state = func.coalesce(Recipient.state, Chunk.state).label("state")
    return (
        select(Recipient.position, Recipient.friend_id, state)
        .join(Chunk, mine[0] & mine[1])
        .where(Recipient.broadcast_id == broadcast_id)
    )


def count_people(broadcast_id: int) -> dict[str, int]:
    """Count the people by RecipientState, from the chunks and the few recipients with a state of their own."""
    own = (
        select(Recipient.chunk, func.count().label("people"))
        .where(Recipient.broadcast_id == broadcast_id, Recipient.state.is_not(None))
        .group_by(Recipient.chunk)
        .subquery("own")
    )
    size = Chunk.last - Chunk.first + 1 - func.coalesce(own.c.people, 0)
    chunks = (
        select(Chunk.state, func.sum(size))
        .outerjoin(own, own.c.chunk == Chunk.number)
        .where(Chunk.broadcast_id == broadcast_id, Chunk.state != ChunkState.SPLIT)
        .group_by(Chunk.state)
    )
    people = (
        select(Recipient.state, func.count())
        .where(Recipient.broadcast_id == broadcast_id, Recipient.state.is_not(None))
        .group_by(Recipient.state)
    )
    counts = dict.fromkeys((state.value for state in RecipientState), 0)
    for state, number in [*db.session.execute(chunks), *db.session.execute(people)]:
        counts[state] += int(number)
    return counts


def is_waiting(broadcast_id: int) -> bool:
    """Return whether a chunk still waits."""
    waiting = exists().where(Chunk.broadcast_id == broadcast_id, Chunk.state == ChunkState.WAITING)
    return bool(db.session.scalar(select(waiting)))


def reopen(broadcast_id: int, state: ChunkState) -> int:
    """Let the chunks in this state be sent, with new keys; returns how many they are."""
    values = {"state": ChunkState.WAITING, "retry_key": NEW_KEY, "key_used_at": None, "reason": None}
    statement = (
        update(Chunk)
        .where(Chunk.broadcast_id == broadcast_id, Chunk.state == state)
        .values(**values, settled_at=None, request_id=None)
        .execution_options(synchronize_session=False)
    )
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def close(broadcast_id: int) -> dict[str, int]:
    """Settle every chunk that still waits: not sent, or unknown where LINE may have taken it. Returns the counts."""
    ended = case((Chunk.key_used_at.is_(None), ChunkState.NOT_SENT), else_=ChunkState.UNKNOWN)
    statement = (
        update(Chunk)
        .where(Chunk.broadcast_id == broadcast_id, Chunk.state == ChunkState.WAITING)
        .values(state=ended, settled_at=text("now()"))
        .execution_options(synchronize_session=False)
    )
    db.session.execute(statement)
    return count_people(broadcast_id)
