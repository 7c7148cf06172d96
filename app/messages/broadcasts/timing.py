"""When a broadcast would be sent: its test, the winner of that, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.clock import now
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.durations import durations_of
from app.messages.broadcasts.models import Broadcast, Way


@dataclass(frozen=True)
class Timing:
    """Moments of a broadcast that is sent as planned; `winner_at` is None where no one waits for a winner."""

    starts_at: datetime
    winner_at: datetime | None
    ends_at: datetime

    @property
    def seconds(self) -> int:
        """Return how long it takes from the beginning until all is sent."""
        return int((self.ends_at - self.starts_at).total_seconds())

    @property
    def rest_at(self) -> datetime:
        """Return when all the people have their turn who do not take part in a test."""
        return self.winner_at or self.starts_at


def timing_of(broadcast: Broadcast, way: Way, people: int, deal: Deal | None) -> Timing:
    """Return the moments for so many people, at its time or, without one, from now on."""
    starts_at, spread = broadcast.scheduled_at or now(), timedelta(minutes=broadcast.spread_minutes)
    if deal is None or not deal.has_rest:
        return Timing(starts_at, None, starts_at + max(fastest(way, people), spread))
    wait = timedelta(hours=broadcast.winner_after_hours or 0)
    winner_at = starts_at + fastest(way, deal.tested) + wait
    return Timing(starts_at, winner_at, winner_at + max(fastest(way, people - deal.tested), spread))


def fastest(way: Way | str | None, people: int) -> timedelta:
    """Return how long so many people take when nothing else is sent."""
    durations = durations_of(people)
    return timedelta(seconds=durations.push if way == Way.PUSH else durations.multicast)
