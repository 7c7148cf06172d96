"""Requests to an address for HubSpot that were refused lately, for the screens; kept in Redis, where it may be lost.

What comes without a signature is no news: the addresses are public. The next request that is HubSpot's ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import cast

import redis

from app.core import error_messages
from app.core.clock import now
from app.core.queue import broker

KEY = "tomoru:hubspot:refused_requests"
KEPT_SECONDS = 86_400
TELLING = frozenset({"hubspot.wrong_key", "hubspot.wrong_clock"})


@dataclass(frozen=True)
class RefusedRequest:
    """Why the last request was refused, in a sentence, when, and how many were since the last one that was not."""

    why: str
    at: datetime
    count: int


def note_refused(code: str | None) -> None:
    """Note why a request was refused; None: one was HubSpot's."""
    try:
        if code is None:
            broker.client.delete(KEY)
        elif code in TELLING:
            with broker.client.pipeline() as pipeline:
                pipeline.hincrby(KEY, "count", 1)
                pipeline.hset(KEY, mapping={"code": code, "at": now().isoformat()})
                pipeline.expire(KEY, KEPT_SECONDS)
                pipeline.execute()
    except (redis.RedisError, OSError):
        return


def last_refused() -> RefusedRequest | None:
    """Return the request that was refused since the last one that was not."""
    try:
        kept = cast(dict[object, object], broker.client.hgetall(KEY))
    except (redis.RedisError, OSError):
        return None
    told = {_plain(name): _plain(value) for name, value in kept.items()}
    if "at" not in told:
        return None
    return RefusedRequest(error_messages.sentence(told["code"]), datetime.fromisoformat(told["at"]), int(told["count"]))


def _plain(value: object) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
