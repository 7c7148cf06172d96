"""The last request to an address for HubSpot that was refused, for the screens; kept in Redis, where it may be lost.

What comes without a signature is no news: the addresses are public. The next request that is HubSpot's ends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import redis

from app.core import error_messages
from app.core.clock import now
from app.core.queue import broker

KEY = "tomoru:hubspot:refused"
KEPT_SECONDS = 86_400
TELLING = frozenset({"hubspot.wrong_key", "hubspot.wrong_clock"})


@dataclass(frozen=True)
class RefusedRequest:
    """Why a request was refused, in a sentence, and when."""

    why: str
    at: datetime


def note_refused(code: str | None) -> None:
    """Note why a request was refused; None: one was HubSpot's."""
    try:
        if code is None:
            broker.client.delete(KEY)
        elif code in TELLING:
            broker.client.set(KEY, f"{code} {now().isoformat()}", ex=KEPT_SECONDS)
    except (redis.RedisError, OSError):
        return


def last_refused() -> RefusedRequest | None:
    """Return the request that was refused since the last one that was not."""
    try:
        told = broker.client.get(KEY)
    except (redis.RedisError, OSError):
        return None
    code, _space, moment = (told.decode() if isinstance(told, bytes) else str(told or "")).partition(" ")
    return RefusedRequest(error_messages.sentence(code), datetime.fromisoformat(moment)) if moment else None
