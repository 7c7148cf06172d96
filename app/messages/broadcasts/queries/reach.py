"""Whom the broadcasts of an account reached, and how many of an audience were reached often."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from app.core.db import db
from app.friends.models import FollowStatus
from app.messages.broadcasts.models import (
    Broadcast,
    BroadcastChunk,
    BroadcastRecipient,
    ChunkState,
    RecipientState,
)
from app.messages.broadcasts.queries.audience import BroadcastAudience
from app.messages.broadcasts.queries.people import is_in
from app.messages.sending.frequency import cap_of, reached_often

Chunk, Recipient = BroadcastChunk, BroadcastRecipient


def reached_since(account_id: int, since: datetime) -> Select[Any]:
    """Select `friend_id` for each broadcast that reached a friend since a moment, or may have reached them."""
    reached = is_in(RecipientState.SENT, RecipientState.UNKNOWN)
    mine = select(Broadcast.id).where(Broadcast.account_id == account_id, Broadcast.started_at.is_not(None))
    return (
        select(Recipient.friend_id)
        .join(Chunk, (Chunk.broadcast_id == Recipient.broadcast_id) & (Chunk.number == Recipient.chunk))
        .where(Recipient.broadcast_id.in_(mine.where(func.coalesce(Broadcast.finished_at, func.now()) >= since)))
        .where(Chunk.state != ChunkState.SPLIT, func.coalesce(Chunk.settled_at, func.now()) >= since, reached)
    )


def count_capped(audience: BroadcastAudience) -> int:
    """Count the reachable people of the audience whom the account's frequency cap leaves out."""
    cap = cap_of(audience.account_id)
    return count_reached_often(audience, cap.most, cap.days) if cap else 0


def count_reached_often(audience: BroadcastAudience, most: int, days: int) -> int:
    """Count the reachable people of the audience who were reached `most` times or more within the last `days` days."""
    found = audience.friends().subquery("audience")
    often = reached_often(audience.account_id, most, days)
    following = found.c.follow_status == FollowStatus.FOLLOWING
    return int(db.session.scalar(select(func.count()).select_from(found).where(following, found.c.id.in_(often))) or 0)
