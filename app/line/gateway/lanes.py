"""Lanes: which of several kinds of request goes first where an account's rate and connections are shared."""

from __future__ import annotations

from enum import IntEnum


class Lane(IntEnum):
    """From the one that goes first to the one that yields to all others; BULK is for reads of imports and syncs."""

    CHAT = 0
    REPLY = 1
    WORKFLOW = 2
    TEST = 3
    BROADCAST = 4
    BULK = 5

    @property
    def left_share(self) -> float:
        """Return the share of a bucket's burst that requests of this lane leave to the lanes above."""
        return min(self, Lane.BROADCAST) * 0.1

    @property
    def horizon(self) -> float | None:
        """Return how far off, in seconds, a turn may be to be taken; None in the first lane, which yields to none.

        No lane delays the ones above it for longer than its horizon, however many processes send in it.
        """
        return None if self is Lane.CHAT else 0.19 - 0.01 * self

    def slots(self, limit: int) -> int:
        """Return how many of `limit` slots may be in use after a request of this lane has taken one."""
        return max(1, int(limit * (1 - 0.05 * self)))
