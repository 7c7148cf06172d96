"""Keep within LINE's limits: one token bucket per account and endpoint, shared by all processes through Redis.

Lanes rank the requests to one endpoint: a chat message goes before a broadcast that is under way elsewhere.
"""

from __future__ import annotations

import asyncio
import random
import time

import redis

from app.core.limits import TokenBucket, Turn
from app.core.outgoing.exchange import NotSent
from app.core.queue import broker
from app.line.gateway.lanes import Lane

# LINE allows 2,000 a second, and no second sees more than rate + burst + BATCH. The burst lets a loop catch up that
# stood still for some milliseconds: without it, every pause of the interpreter would lower the rate for good.
RATE, BURST = 1_900.0, 80.0
BATCH = 10
# Of endpoints with a lower rate: with one at a time, a slow answer of Redis would lower the rate.
LEAST_BATCH = 2
# LINE allows 200 multicasts a second.
RATES = {"multicast": 189.0}
# A single request gives up when its turn is further off than this, in seconds.
PATIENCE = 3.0


def bucket(account_id: int, endpoint: str) -> TokenBucket:
    """Return the bucket of this account's endpoint; LINE counts each endpoint apart."""
    rate = RATES.get(endpoint, RATE)
    return TokenBucket(broker.client, f"line:{account_id}:{endpoint}", rate, rate * BURST / RATE)


def take_turn(source: TokenBucket, lane: Lane, tokens: int, patience: float | None = None) -> Turn:
    """Ask Redis for the next turn in this lane; raises NotSent `line.limiter_away` when it does not answer.

    Never waits. A turn beyond the lane's horizon or `patience` seconds is not taken.
    """
    limits = [limit for limit in (lane.horizon, patience) if limit is not None]
    try:
        return source.take_within(min(limits, default=None), tokens, leave=lane.left_share * source.burst)
    except (redis.RedisError, OSError) as error:
        raise NotSent("line.limiter_away", after=5) from error


class Pace:
    """Lets the requests of one loop and lane through at the shared rate; asks Redis once for up to BATCH of them.

    Raises NotSent: `line.limiter_away` while Redis is away, `line.rate_limited` when `patience` seconds do not suffice.
    """

    def __init__(self, source: TokenBucket, lane: Lane, patience: float | None = None) -> None:
        self._source, self._lane, self._patience = source, lane, patience
        self._batch = max(LEAST_BATCH, round(BATCH * source.rate / RATE))
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._granted = 0

    async def wait(self) -> None:
        """Return when one more request may go. Safe to cancel."""
        self._waiting += 1
        try:
            while not self._granted:
                async with self._lock:
                    if not self._granted:
                        self._granted = await self._take(min(self._waiting, self._batch))
            self._granted -= 1
        finally:
            self._waiting -= 1

    async def _take(self, wanted: int) -> int:
        """Take turns from Redis; a cancelled wait loses what it took, which can only lower the rate."""
        waited = 0.0
        while True:
            left = None if self._patience is None else max(0.0, self._patience - waited)
            turn = await asyncio.to_thread(take_turn, self._source, self._lane, wanted, left)
            if turn.is_taken:
                await asyncio.sleep(turn.seconds)
                return wanted
            if left is not None and turn.seconds > left:
                raise NotSent("line.rate_limited", after=turn.seconds)
            pause = self._pause(turn.seconds)
            await asyncio.sleep(pause)
            waited += pause

    def _pause(self, seconds: float) -> float:
        """Return how long to wait until a turn may be within the horizon, with jitter so that callers take turns."""
        return max(0.0, seconds - (self._lane.horizon or 0.0)) + random.uniform(0.002, 0.01)


def wait_once(account_id: int, endpoint: str, lane: Lane = Lane.CHAT) -> None:
    """Wait for one single request's turn; raises NotSent when that takes over PATIENCE seconds or Redis is away."""
    turn = take_turn(bucket(account_id, endpoint), lane, 1, PATIENCE)
    if not turn.is_taken:
        raise NotSent("line.rate_limited", after=turn.seconds)
    time.sleep(turn.seconds)
