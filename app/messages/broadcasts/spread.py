"""Broadcasts that are spread over some minutes: whose turn it is at a moment, and when the next one's comes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core.db import db
from app.messages.broadcasts.deal import Deal, waits_for_winner, winner_due_at
from app.messages.broadcasts.models import Broadcast, BroadcastChunk, ChunkState


@dataclass(frozen=True)
class Spread:
    """People up to position `people` are sent to evenly within `length`; after a pause, those whose turn passed follow.

    Those up to position `before` have had their turn: the people of a test, who are all sent to at once.
    """

    started_at: datetime
    length: timedelta
    people: int
    before: int = 0

    @classmethod
    def of(cls, broadcast: Broadcast) -> Spread | None:
        """Return how the frozen broadcast is spread; None where it is sent as fast as LINE allows."""
        if not broadcast.spread_minutes or broadcast.started_at is None or broadcast.frozen is None:
            return None
        length, people = timedelta(minutes=broadcast.spread_minutes), broadcast.frozen["reachable"]
        deal = Deal.of(broadcast)
        if deal is None or not deal.has_rest:
            return cls(broadcast.started_at, length, people)
        return cls(broadcast.winner_at, length, people, deal.tested) if broadcast.winner_at else None

    def position_at(self, moment: datetime) -> int:
        """Return the last position whose turn has come; at least the first."""
        share = (moment - self.started_at) / self.length
        return self.before + max(1, min(self.people - self.before, int(share * (self.people - self.before))))

    @property
    def ends_at(self) -> datetime:
        """Return when the turn of the last people comes."""
        return self.moment_of(self.people)

    @property
    def pace(self) -> float:
        """Return the people a second who have their turn."""
        return (self.people - self.before) / self.length.total_seconds()

    def moment_of(self, position: int) -> datetime:
        """Return when the turn of a position comes."""
        if position <= self.before:
            return self.started_at
        return self.started_at + self.length * min(1.0, (position - self.before) / (self.people - self.before))


def next_moment(broadcast: Broadcast) -> datetime | None:
    """Return when the next waiting chunk has its turn, or a test its winner; None for at once."""
    if waits_for_winner(broadcast):
        return winner_due_at(broadcast)
    spread = Spread.of(broadcast)
    if spread is None:
        return None
    first = db.session.scalar(
        select(func.min(BroadcastChunk.first)).where(
            BroadcastChunk.broadcast_id == broadcast.id, BroadcastChunk.state == ChunkState.WAITING
        )
    )
    return None if first is None else spread.moment_of(first)
