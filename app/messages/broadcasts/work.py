"""One chunk as a worker has it in hand: its calls to LINE, and what came of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from app.line.gateway.sends import Send


@dataclass(eq=False)
class Call:
    """One request. `position` is that of its person, None for a multicast."""

    work: ChunkWork
    send: Send
    position: int | None
    # LINE may have taken it at an earlier try.
    is_doubtful: bool
    tries: int = 0


@dataclass(eq=False)
class ChunkWork:
    """A loaded chunk. `waiting` are calls without an outcome; those that end are counted and noted below."""

    number: int
    first: int
    last: int
    people: int
    retry_key: UUID
    # How long ago the key was first used.
    key_age: timedelta
    waiting: set[Call] = field(default_factory=set)
    sent: list[int] = field(default_factory=list)
    # Reason by position, of people whom LINE refused.
    refused: dict[int, str] = field(default_factory=dict)
    request_id: str | None = None
    # LINE refused the multicast because of one of its people.
    must_split: bool = False
    # Why what waits is not tried again.
    unknown: str | None = None

    @property
    def is_over(self) -> bool:
        """Return whether every call has its outcome."""
        return not self.waiting

    @property
    def is_doubtful(self) -> bool:
        """Return whether LINE may have taken a call that has no outcome."""
        return any(call.is_doubtful for call in self.waiting)
