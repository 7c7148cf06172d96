"""When what is due at intervals is due next, on a clock that only goes forward.

The clock of the wall plays no part, so it may be set to any time. After a long pause an entry is due once.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from datetime import timedelta
from typing import Generic, Protocol, TypeVar


class Repeated(Protocol):
    """Anything that is due every so often."""

    @property
    def every(self) -> timedelta:
        """The interval."""


EntryT = TypeVar("EntryT", bound=Repeated)
# What is rare happens soon after the start too, or a short-lived installation would never see it; but only when
# everything else has had the time to start.
START = timedelta(minutes=1)


class Timetable(Generic[EntryT]):
    """A heap of entries by the moment at which they are due next. Moments are seconds of `time.monotonic`."""

    def __init__(self, entries: Iterable[EntryT], moment: float) -> None:
        self._heap = [
            (moment + min(entry.every, START).total_seconds(), number, entry) for number, entry in enumerate(entries)
        ]
        heapq.heapify(self._heap)

    def due(self, moment: float) -> list[EntryT]:
        """The entries that are due, each once however often it was missed; they are next due an interval from now."""
        found: list[EntryT] = []
        while self._heap and self._heap[0][0] <= moment:
            _, number, entry = self._heap[0]
            heapq.heapreplace(self._heap, (moment + entry.every.total_seconds(), number, entry))
            found.append(entry)
        return found

    def pause(self, moment: float) -> float:
        """Seconds until something is due; infinite for an empty table."""
        return max(0.0, self._heap[0][0] - moment) if self._heap else float("inf")
