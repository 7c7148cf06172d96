"""Keeping within LINE's limits: one token bucket per account and endpoint, shared by all workers through Redis."""

from __future__ import annotations

import asyncio
import time

import redis

from app.core.errors import RetryLater
from app.core.limits import TokenBucket
from app.core.queue import broker

# LINE allows 2,000 a second, and no second sees more than rate + burst + BATCH. The burst lets a loop catch up that
# stood still for some milliseconds: without it, every pause of the interpreter would lower the rate for good.
RATE, BURST = 1_900.0, 80.0
BATCH = 20


def bucket(account_id: int, endpoint: str, rate: float = RATE) -> TokenBucket:
    """The bucket of this account's endpoint; LINE counts each endpoint apart."""
    return TokenBucket(broker.client, f"line:{account_id}:{endpoint}", rate, rate * BURST / RATE)


class Pace:
    """Lets the requests of one loop through at the shared rate; asks Redis once for up to BATCH of them."""

    def __init__(self, source: TokenBucket) -> None:
        self._source = source
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._granted = 0

    async def wait(self) -> None:
        """Return when one more request may go; raises RetryLater while Redis is away. Safe to cancel."""
        self._waiting += 1
        try:
            while not self._granted:
                async with self._lock:
                    if not self._granted:
                        self._granted = await self._take(min(self._waiting, BATCH))
            self._granted -= 1
        finally:
            self._waiting -= 1

    async def _take(self, wanted: int) -> int:
        """A cancelled wait forgets what it took: the rate may only be undercut by it."""
        try:
            seconds = await asyncio.to_thread(self._source.take, wanted)
        except (redis.RedisError, OSError) as error:
            raise RetryLater("line.limiter_away", after=5) from error
        await asyncio.sleep(seconds)
        return wanted


def wait_once(account_id: int, endpoint: str, rate: float = RATE, patience: float = 3.0) -> None:
    """Wait for one single request's turn; raises RetryLater when that takes longer than `patience` seconds.

    A Redis that is away does not hold single requests up: they are few.
    """
    try:
        seconds = bucket(account_id, endpoint, rate).take()
    except (redis.RedisError, OSError):
        return
    if seconds > patience:
        raise RetryLater("line.rate_limited", after=seconds)
    time.sleep(seconds)
