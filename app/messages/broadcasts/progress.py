"""How far a broadcast is: people by state, pace and time left, and what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core import error_messages
from app.core.clock import now
from app.core.i18n import Text
from app.core.runs.models import Run
from app.core.runs.queries import latest_run, time_left
from app.messages.broadcasts import reasons
from app.messages.broadcasts.deal import Deal, waits_for_winner
from app.messages.broadcasts.durations import pace_words
from app.messages.broadcasts.models import ENDED, Broadcast, BroadcastState, RecipientState
from app.messages.broadcasts.schedule import KIND
from app.messages.broadcasts.spread import Spread, next_moment
from app.messages.broadcasts.timing import fastest

# A scheduled broadcast is looked at often from so long before its time.
SOON = timedelta(minutes=1)
# People of a spread broadcast whose turn is over so long ago are late.
LATE = timedelta(seconds=30)


@dataclass(frozen=True)
class BroadcastProgress:
    """A broadcast and its newest run.

    `next_at`: when the next people have their turn, where they wait for it. `spread` is how a broadcast that is being
    sent is spread, `waits` whether its rest waits for the winner of a test.
    """

    broadcast: Broadcast
    run: Run | None
    next_at: datetime | None = None
    spread: Spread | None = None
    waits: bool = False

    @property
    def total(self) -> int:
        """Return the people of the frozen audience."""
        return int((self.broadcast.frozen or {}).get("reachable", 0))

    @property
    def people(self) -> dict[str, int]:
        """Return people by RecipientState."""
        return {state.value: int(self.broadcast.counts.get(state.value, 0)) for state in RecipientState}

    @property
    def done(self) -> int:
        """Return the people about whom nothing is left to do."""
        return self.total - self.people[RecipientState.WAITING]

    @property
    def is_over(self) -> bool:
        """Return whether it has ended and everything is settled."""
        return self.broadcast.state in ENDED and self.broadcast.finished_at is not None

    @property
    def is_ending(self) -> bool:
        """Return whether calls to LINE that had begun are being settled."""
        return self.broadcast.state in ENDED and self.broadcast.finished_at is None and self.broadcast.is_frozen

    @property
    def is_moving(self) -> bool:
        """Return whether what is shown may change by itself within seconds."""
        if self.broadcast.state == BroadcastState.SCHEDULED:
            planned = self.broadcast.scheduled_at
            return planned is None or planned - now() < SOON
        if self.broadcast.state == BroadcastState.SENDING:
            return self.next_at is None or self._is_active or self.next_at - now() < SOON
        return self.is_ending or (self.broadcast.state == BroadcastState.PAUSED and self._is_active)

    @property
    def is_watched(self) -> bool:
        """Return whether it can change without a member, however slowly."""
        return self.is_moving or self.broadcast.state in (BroadcastState.SCHEDULED, BroadcastState.SENDING)

    @property
    def pace(self) -> Text:
        """Return how many people have their turn in a time, in words; empty while it is not known."""
        if self.spread is not None and self._is_on_time:
            return pace_words(self.spread.pace)
        return pace_words(max(1.0, self._rate)) if self._rate else ""

    @property
    def _rate(self) -> float | None:
        """Return the people a second of the run; None where people wait for the winner of a test alone."""
        is_sending = self._is_active and not (self.waits and self.next_at)
        return self.run.pace if self.run is not None and is_sending else None

    @property
    def left(self) -> timedelta | None:
        """Return how long it will still take; None while that is not known."""
        if self.waits:
            return self._left_of_test
        if self.spread is not None and self._is_on_time:
            return self.spread.ends_at - now()
        return time_left(self.run) if self.run is not None else None

    @property
    def _left_of_test(self) -> timedelta | None:
        """Return how long it takes until the winner is known and the rest has had its turn."""
        deal, waiting = Deal.of(self.broadcast), self.people[RecipientState.WAITING]
        rest = min(waiting, deal.rest) if deal else 0
        winner = self._left_until_winner(waiting - rest)
        if winner is None:
            return None
        spread = timedelta(minutes=self.broadcast.spread_minutes)
        return winner + max(fastest(self.broadcast.way, rest), spread)

    def _left_until_winner(self, tested: int) -> timedelta | None:
        """Return how long it takes until the winner is known; `tested` people of the test still wait."""
        if self.next_at is not None:
            return max(timedelta(), self.next_at - now())
        if not self._rate:
            return None
        return timedelta(seconds=tested / self._rate, hours=self.broadcast.winner_after_hours or 0)

    @property
    def _is_on_time(self) -> bool:
        """Return whether people have their turns as planned, not one behind the other after a pause."""
        return self.next_at is not None and self.next_at > now() - LATE

    @property
    def trouble(self) -> str:
        """Return why the run waits, as for an answer of LINE; empty while it goes on."""
        if self.run is None or not self._is_active or not self.run.troubled_since:
            return ""
        return error_messages.sentence(self.run.reason, self.run.reason_values)

    @property
    def awaits_worker(self) -> bool:
        """Return whether no worker is busy with it though it could go on."""
        if self.run is None or not self._is_active:
            due = self.broadcast.start_due_at
            return due is not None and due < now() - timedelta(seconds=15)
        return self.run.awaits_worker

    @property
    def reason(self) -> str:
        """Return why it stands or has ended; empty where there is nothing to say."""
        if self.broadcast.reason is None or self.broadcast.reason == reasons.STOPPED:
            return ""
        return error_messages.sentence(self.broadcast.reason, self.broadcast.reason_values)

    @property
    def _is_active(self) -> bool:
        return self.run is not None and self.run.is_active


def progress_of(broadcast: Broadcast) -> BroadcastProgress:
    """Return how far the broadcast is."""
    run = latest_run(KIND, broadcast.id)
    if broadcast.state != BroadcastState.SENDING:
        return BroadcastProgress(broadcast, run)
    waits = waits_for_winner(broadcast)
    return BroadcastProgress(broadcast, run, next_moment(broadcast), Spread.of(broadcast), waits)
