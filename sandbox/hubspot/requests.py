"""A log of calls that tests read: how many, how large, with what outcome, and after which event."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

LOG_LENGTH = 20_000


@dataclass
class Request:
    """One call as it came in."""

    number: int
    at: float
    method: str
    # The path with its query as sent, and the template that served it.
    path: str
    template: str
    status: int
    portal_id: str | None = None
    app_id: str | None = None
    # How many inputs a batch had.
    inputs: int | None = None


class RequestLog:
    """The newest calls, and how many there were at all."""

    def __init__(self) -> None:
        self.entries: deque[Request] = deque(maxlen=LOG_LENGTH)
        self.total = 0

    def add(self, **fields: Any) -> None:
        self.total += 1
        self.entries.append(Request(self.total, **fields))

    def since(self, after: int, portal_id: str | None) -> list[dict[str, Any]]:
        """Return the calls after entry number `after`, of one portal if asked."""
        return [asdict(e) for e in self.entries if e.number > after and portal_id in (None, e.portal_id)]

    def forget(self) -> None:
        """Empty the log; numbers go on."""
        self.entries.clear()
