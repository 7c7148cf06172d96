"""Keep within HubSpot's limits: token buckets for each portal, shared by all processes through Redis.

Live requests (chat, pages, workflows) go before those of a sync, which takes at most a share of a limit. When HubSpot
still refuses a call, all processes wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, cast

import redis

from app.core.clock import now
from app.core.errors import RetryLater
from app.core.limits import TokenBucket, Turn
from app.core.outgoing.exchange import NotSent
from app.core.queue import broker
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.requests import CallLimit

# A window that HubSpot counts sees a bucket's burst and its refill, and calls that the network has pushed together.
BURST, MARGIN = 0.05, 0.02
SYNC_SHARE = 0.7
# Calls that a sync saves up, and how far off a turn may be that it takes from live requests, in seconds.
SYNC_BURST, SYNC_HORIZON = 0.5, 0.2
# Refusals after which all processes wait, and whether calls of every limit do.
PAUSES = {"hubspot.rate_limited": False, "hubspot.daily_limit": True, "hubspot.moving": True}
EVERY = "every"


class Priority(StrEnum):
    """LIVE: a person or a workflow waits. SYNC: it has time."""

    LIVE = "live"
    SYNC = "sync"

    @property
    def patience(self) -> float:
        """Return how many seconds a request waits for its turn before it is put off."""
        return 3.0 if self is Priority.LIVE else 30.0


class Window(NamedTuple):
    """So many calls within so many seconds."""

    calls: float
    seconds: float

    def bucket(self, key: str, burst: float) -> TokenBucket:
        """Return a bucket that never fills a window of this length beyond its calls."""
        rate = (self.calls * (1 - MARGIN) - burst) / self.seconds
        return TokenBucket(broker.client, key, rate, burst)


@dataclass(frozen=True)
class Pause:
    """HubSpot refused a call; none is made until then. `code` is one of the error messages."""

    code: str
    until: datetime

    @property
    def seconds(self) -> float:
        return max(0.0, (self.until - now()).total_seconds())


def window_of(access: Access, limit: CallLimit) -> Window:
    """Return the limit as HubSpot counts it."""
    return Window(5, 1.0) if limit is CallLimit.SEARCH else Window(access.per_ten_seconds, 10.0)


def waits(access: Access, limit: CallLimit, priority: Priority, patience: float) -> Iterator[float]:
    """Yield how many seconds to sleep before the next step; the request may go when there is none left.

    Raises NotSent: `hubspot.limiter_away` while Redis is away, else why `patience` seconds do not suffice.
    """
    left = patience
    while (pause := _pause(access.portal_id, limit)) is not None and pause.seconds > 0:
        left = _less(left, pause.seconds, pause.code)
        yield pause.seconds
    for source, leave, horizon in _buckets(access, limit, priority):
        while not (turn := _take(source, min(left, horizon), leave)).is_taken:
            left = _less(left, turn.seconds, "hubspot.rate_limited")
            yield max(turn.seconds - horizon, 0.0) + 0.01
        left -= turn.seconds
        yield turn.seconds


def slow_down(access: Access, limit: CallLimit, error: RetryLater) -> None:
    """Let all processes wait after a refusal that asks for it."""
    if error.code not in PAUSES:
        return
    name = EVERY if PAUSES[error.code] else limit
    try:
        broker.client.set(_key(access.portal_id, name), error.code, px=max(1, round(error.after * 1000)))
    except (redis.RedisError, OSError) as trouble:
        raise NotSent("hubspot.limiter_away", after=5) from trouble


def pause_of(portal_id: str) -> Pause | None:
    """Return until when calls of a sync are held back, for screens; None also while Redis is away."""
    try:
        return _pause(portal_id, CallLimit.GENERAL)
    except NotSent:
        return None


def resume(portal_id: str) -> None:
    """Forget that HubSpot refused calls, so that the next one tries; a person may know that the limit is over."""
    names = (EVERY, *CallLimit)
    try:
        broker.client.delete(*(_key(portal_id, name) for name in names))
    except (redis.RedisError, OSError) as error:
        raise NotSent("hubspot.limiter_away", after=5) from error


def _buckets(access: Access, limit: CallLimit, priority: Priority) -> Iterator[tuple[TokenBucket, float, float]]:
    """Yield each bucket to take from, the tokens to leave in it, and how far off a turn may be."""
    if limit is CallLimit.NONE:
        return
    window, key = window_of(access, limit), f"hubspot:{access.portal_id}:{limit}"
    burst = max(1.0, window.calls * BURST)
    if priority is Priority.LIVE:
        yield window.bucket(key, burst), 0.0, priority.patience
        return
    share = Window(window.calls * SYNC_SHARE, window.seconds)
    yield share.bucket(f"{key}:sync", SYNC_BURST), 0.0, priority.patience
    yield window.bucket(key, burst), burst / 2, SYNC_HORIZON


def _take(source: TokenBucket, horizon: float, leave: float) -> Turn:
    try:
        return source.take_within(horizon, leave=leave)
    except (redis.RedisError, OSError) as error:
        raise NotSent("hubspot.limiter_away", after=5) from error


def _less(left: float, seconds: float, code: str) -> float:
    """Return the patience that is left after a wait; raises NotSent when it does not suffice."""
    if seconds > left:
        raise NotSent(code, after=max(seconds, 1.0))
    return left - seconds


def _pause(portal_id: str, limit: CallLimit) -> Pause | None:
    """Return the longest of the pauses that hold back calls of this limit."""
    names = [_key(portal_id, name) for name in (EVERY, limit)]
    try:
        with broker.client.pipeline(transaction=False) as pipeline:
            for name in names:
                pipeline.get(name)
                pipeline.pttl(name)
            told = pipeline.execute()
    except (redis.RedisError, OSError) as error:
        raise NotSent("hubspot.limiter_away", after=5) from error
    pauses = [_read_pause(code, left) for code, left in zip(told[::2], told[1::2], strict=True) if code and left > 0]
    return max(pauses, key=lambda pause: pause.until, default=None)


def _read_pause(code: object, milliseconds: int) -> Pause:
    words = code.decode() if isinstance(code, bytes) else cast(str, code)
    return Pause(words, now() + timedelta(milliseconds=milliseconds))


def _key(portal_id: str, name: str) -> str:
    return f"tomoru:hubspot:{portal_id}:pause:{name}"
