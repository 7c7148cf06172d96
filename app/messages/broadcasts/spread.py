"""Broadcasts that are spread over some minutes: whose turn it is at a moment, and when the next one's comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core.db import db
from app.messages.broadcasts.models import Broadcast, BroadcastChunk, ChunkState


@dataclass(frozen=True)
class Spread:
    """`people` are sent to evenly within `length` from the start; after a pause, those whose turn passed follow."""

    started_at: datetime
    length: timedelta
    people: int

    @classmethod
    def of(cls, broadcast: Broadcast) -> Spread | None:
        """Return how the frozen broadcast is spread; None where it is sent as fast as LINE allows."""
        if not broadcast.spread_minutes or broadcast.started_at is None or broadcast.frozen is None:
            return None
        return cls(broadcast.started_at, timedelta(minutes=broadcast.spread_minutes), broadcast.frozen["reachable"])

    def position_at(self, moment: datetime) -> int:
        """Return the last position whose turn has come; at least the first."""
        share = (moment - self.started_at) / self.length
        return max(1, min(self.people, int(share * self.people)))

    def moment_of(self, position: int) -> datetime:
        """Return when the turn of a position comes."""
        return self.started_at + self.length * min(1.0, position / self.people)


def next_moment(broadcast: Broadcast) -> datetime | None:
    """Return when the next waiting chunk has its turn; None for at once."""
    spread = Spread.of(broadcast)
    first = db.session.scalar(
        select(func.min(BroadcastChunk.first)).where(
            BroadcastChunk.broadcast_id == broadcast.id, BroadcastChunk.state == ChunkState.WAITING
        )
    )
    return None if spread is None or first is None else spread.moment_of(first)
