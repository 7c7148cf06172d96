"""HubSpot's limits: a sliding window of ten seconds, one of a second for searches, and a day."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.hubspot.state import Portal

TEN_SECONDS, SECOND = 10.0, 1.0


@dataclass
class Window:
    """Calls of the last seconds; refused ones do not count against the limit."""

    seconds: float
    taken: deque[float] = field(default_factory=deque)
    total: int = 0
    over: int = 0
    busiest: int = 0

    def arrive(self, now: float, limit: int, *, enforce: bool) -> bool:
        """Count a call; False when it is over the limit."""
        self.total += 1
        while self.taken and self.taken[0] <= now - self.seconds:
            self.taken.popleft()
        fits = len(self.taken) < limit
        self.over += not fits
        if fits or not enforce:
            self.taken.append(now)
            self.busiest = max(self.busiest, len(self.taken))
        return fits or not enforce

    def left(self, limit: int) -> int:
        return max(0, limit - len(self.taken))


class Rates:
    """The windows of every app in every portal; searches count per portal."""

    def __init__(self) -> None:
        self._core: dict[tuple[str, str], Window] = {}
        self._search: dict[str, Window] = {}
        self._day: dict[str, tuple[str, int]] = {}

    def core(self, app_id: str, portal_id: str) -> Window:
        return self._core.setdefault((app_id, portal_id), Window(TEN_SECONDS))

    def search(self, portal_id: str) -> Window:
        return self._search.setdefault(portal_id, Window(SECOND))

    def take_of_day(self, portal: Portal, now: float) -> bool:
        """Count a call of today in the portal's time zone; False when the day is used up."""
        limit = portal.switches.daily_limit
        today = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(portal.time_zone)).date().isoformat()
        day, used = self._day.get(portal.portal_id, (today, 0))
        used = used if day == today else 0
        if limit is not None and used >= limit:
            return False
        self._day[portal.portal_id] = (today, used + 1)
        return True

    def forget(self) -> None:
        """Restart counting."""
        self._core.clear()
        self._search.clear()
        self._day.clear()

    def report(self) -> list[dict[str, Any]]:
        """Return the counters; `over` is how many calls the limit would have refused."""
        rows = [
            {"kind": "core", "app_id": app, "portal_id": portal, "window": w} for (app, portal), w in self._core.items()
        ]
        rows += [{"kind": "search", "portal_id": portal, "window": w} for portal, w in self._search.items()]
        return [row | _described(row.pop("window")) for row in rows]


def _described(window: Any) -> dict[str, Any]:
    return {"total": window.total, "over": window.over, "busiest": window.busiest, "ever_exceeded": window.over > 0}
