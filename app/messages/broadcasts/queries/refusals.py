"""Why LINE refused people of a broadcast."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import func, select

from app.core import error_messages
from app.core.db import db
from app.messages.broadcasts.models import BroadcastChunk, BroadcastRecipient, ChunkState, RecipientState

Chunk, Recipient = BroadcastChunk, BroadcastRecipient


def refusals(broadcast_id: int) -> list[tuple[str, int]]:
    """Return the reasons in words with the number of people, the most frequent first."""
    own = select(Recipient.reason, func.count()).where(
        Recipient.broadcast_id == broadcast_id, Recipient.state.is_not(None), Recipient.state == RecipientState.REFUSED
    )
    mine = Recipient.broadcast_id == broadcast_id, Recipient.broadcast_id == Chunk.broadcast_id
    shared = (
        select(Chunk.reason, func.count())
        .join(Recipient, Recipient.position.between(Chunk.first, Chunk.last) & (Recipient.chunk == Chunk.number))
        .where(*mine, Chunk.state == ChunkState.REFUSED, Recipient.state.is_(None))
    )
    found: Counter[str] = Counter()
    for query in (own.group_by(Recipient.reason), shared.group_by(Chunk.reason)):
        for reason, people in db.session.execute(query):
            found[error_messages.sentence(reason)] += int(people)
    return found.most_common()
