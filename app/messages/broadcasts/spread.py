"""Broadcasts that are spread over some minutes: whose turn it is at a moment, and when the next one's comes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from app.core.db import db
from app.messages.broadcasts.deal import Deal, waits_for_winner, winner_due_at
from app.messages.broadcasts.models import Broadcast, BroadcastChunk, ChunkState


@dataclass(frozen=True)
class Spread:
    """Each of the parts is sent to evenly within `length`, side by side; after a pause, those whose turn passed follow.

    A part is a first and a last position: all people, both halves of a test, or the rest of one. The people before
    the first part are those of a test, who are all sent to at once.
    """

    started_at: datetime
    length: timedelta
    parts: Sequence[tuple[int, int]]

    @classmethod
    def of(cls, broadcast: Broadcast) -> Spread | None:
        """Return how the frozen broadcast is spread; None where it is sent as fast as LINE allows."""
        if not broadcast.spread_minutes or broadcast.started_at is None or broadcast.frozen is None:
            return None
        length, deal = timedelta(minutes=broadcast.spread_minutes), Deal.of(broadcast)
        if deal is None:
            return cls(broadcast.started_at, length, [(1, broadcast.frozen["reachable"])])
        if not deal.has_rest:
            return cls(broadcast.started_at, length, deal.halves)
        return cls(broadcast.winner_at, length, [(deal.tested + 1, deal.people)]) if broadcast.winner_at else None

    def turns_at(self, moment: datetime) -> list[tuple[int, int]]:
        """Return first and last of the positions whose turn has come; at least the first of each part."""
        share = min(1.0, (moment - self.started_at) / self.length)
        begun = [(begin, begin + max(0, int(share * (end - begin + 1)) - 1)) for begin, end in self.parts]
        before = self.parts[0][0] - 1
        return [(1, before), *begun] if before else begun

    @property
    def ends_at(self) -> datetime:
        """Return when the turn of the last people comes."""
        return self.started_at + self.length

    @property
    def pace(self) -> float:
        """Return the people a second who have their turn."""
        return sum(end - begin + 1 for begin, end in self.parts) / self.length.total_seconds()

    def moment_of(self, position: int) -> datetime:
        """Return when the turn of a position comes."""
        for begin, end in self.parts:
            if begin <= position <= end:
                return self.started_at + self.length * ((position - begin + 1) / (end - begin + 1))
        return self.started_at


def next_moment(broadcast: Broadcast) -> datetime | None:
    """Return when the next waiting chunk has its turn, or a test its winner; None for at once."""
    if waits_for_winner(broadcast):
        return winner_due_at(broadcast)
    spread = Spread.of(broadcast)
    if spread is None:
        return None
    part = case(*((BroadcastChunk.first <= end, end) for _begin, end in spread.parts))
    waiting = BroadcastChunk.broadcast_id == broadcast.id, BroadcastChunk.state == ChunkState.WAITING
    firsts = db.session.scalars(select(func.min(BroadcastChunk.first)).where(*waiting).group_by(part))
    return min(map(spread.moment_of, firsts), default=None)
