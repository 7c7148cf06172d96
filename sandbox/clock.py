"""A clock that can be pushed forward, so that hours and months pass in a test without waiting."""

import asyncio
import contextlib
import time
from datetime import UTC, datetime, timedelta, timezone

JAPAN = timezone(timedelta(hours=9))


class Clock:
    """Real time plus an offset that grows, until everything is forgotten."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset
        self._moved = asyncio.Event()

    def now(self) -> float:
        """Return seconds since the epoch in the sandbox's time."""
        return time.time() + self.offset

    def monotonic(self) -> float:
        """Return seconds for measuring spans; jumps together with the clock, never back."""
        return time.monotonic() + self.offset

    def advance(self, seconds: float) -> None:
        """Move forward, and wake all tasks that sleep on this clock to check the time."""
        if seconds < 0:
            raise ValueError("The clock only moves forward.")
        self.offset += seconds
        self._wake()

    def set_right(self) -> None:
        """Show real time again; nothing may be left that happened in the future."""
        self.offset = 0.0
        self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep_until(self, when: float) -> None:
        """Wait until the sandbox's time has reached `when`, by passing or by being pushed."""
        while (left := when - self.now()) > 0:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._moved.wait(), left)

    def japan_date(self) -> str:
        """Return today as yyyyMMdd in UTC+9, the zone of LINE's statistics."""
        return datetime.fromtimestamp(self.now(), JAPAN).strftime("%Y%m%d")

    def japan_month(self) -> str:
        """Return this month as yyyyMM in UTC+9."""
        return self.japan_date()[:6]

    def iso(self) -> str:
        """Return now in the ISO 8601 form that LINE uses, with milliseconds."""
        moment = datetime.fromtimestamp(self.now(), UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
