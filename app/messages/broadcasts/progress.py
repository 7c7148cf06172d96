"""How far a broadcast is: people by state, pace and time left, and what stands in its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core import error_messages
from app.core.clock import now
from app.core.i18n import _, count
from app.core.runs.models import Run
from app.core.runs.queries import latest_run, time_left
from app.messages.broadcasts import reasons
from app.messages.broadcasts.models import ENDED, Broadcast, BroadcastState, RecipientState
from app.messages.broadcasts.schedule import KIND
from app.messages.broadcasts.spread import next_moment

# A scheduled broadcast is looked at often from so long before its time.
SOON = timedelta(minutes=1)


@dataclass(frozen=True)
class BroadcastProgress:
    """A broadcast and its newest run. `next_at`: when the next people have their turn, of a spread broadcast."""

    broadcast: Broadcast
    run: Run | None
    next_at: datetime | None

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
            return self.next_at is None or self._is_active
        return self.is_ending or (self.broadcast.state == BroadcastState.PAUSED and self._is_active)

    @property
    def is_watched(self) -> bool:
        """Return whether it can change without a member, however slowly."""
        return self.is_moving or self.broadcast.state in (BroadcastState.SCHEDULED, BroadcastState.SENDING)

    @property
    def pace(self) -> str:
        """Return the people a second in words; empty while it is not known."""
        rate = self.run.pace if self.run is not None and self._is_active else None
        return _("%(count)s per second", count=count(max(1, round(rate)))) if rate else ""

    @property
    def left(self) -> timedelta | None:
        """Return how long it will still take; None while that is not known."""
        return time_left(self.run) if self.run is not None else None

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
    is_spread = broadcast.state == BroadcastState.SENDING and broadcast.spread_minutes
    return BroadcastProgress(broadcast, latest_run(KIND, broadcast.id), next_moment(broadcast) if is_spread else None)
