"""Back-off of refused rows: longer with each refusal up to a cap, with jitter."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Backoff:
    """The wait doubles from `first` to `longest`; the try number `most` is the last one.

    By default that is after about three days: an outage of a service must not end what it has nothing to do with.
    """

    first: timedelta = timedelta(seconds=30)
    longest: timedelta = timedelta(hours=6)
    most: int = 20
    # A wait is shortened by up to this share of it, at random.
    jitter: float = 0.1

    def longest_wait(self, attempts: int) -> timedelta:
        """Return the wait after this many tries (from 1), before jitter."""
        doublings = min(max(attempts, 1) - 1, 40)
        return min(self.first * (1 << doublings), self.longest)

    def wait(self, attempts: int) -> timedelta:
        """Return the wait after this many tries, with jitter."""
        return self.longest_wait(attempts) * random.uniform(1 - self.jitter, 1)
