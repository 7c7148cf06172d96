"""Counters of tries: in Redis for all processes, and in this process' memory for what Redis does not take.

A Redis that answers but stores nothing (a replica, no memory left, a full disk) would otherwise count no try at all.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

import redis
import structlog
from limits.storage import MemoryStorage, RedisStorage

Found = TypeVar("Found")
log = structlog.get_logger(__name__)
# For so long Redis is not asked again, since each try may take as long as its timeouts.
PAUSE_SECONDS = 5.0


class SteadyStorage(RedisStorage):
    """What the library `limits` counts with. Of two counts of the same, the greater holds."""

    STORAGE_SCHEME = ["redis+memory"]  # noqa: RUF012 - the library's own way to name it.

    def __init__(self, uri: str, **options: Any) -> None:
        super().__init__(uri.replace("+memory", ""), **options)
        self._memory = MemoryStorage()
        self._ask_at = 0.0

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and return how many there are."""
        stored = self._ask(lambda: super(SteadyStorage, self).incr(key, expiry, amount))
        if stored is None:
            return int(self._memory.incr(key, expiry, amount))
        return max(stored, int(self._memory.get(key)))

    def get(self, key: str) -> int:
        """Return how many there are."""
        return max(self._ask(lambda: super(SteadyStorage, self).get(key)) or 0, int(self._memory.get(key)))

    def get_expiry(self, key: str) -> float:
        """Return the time when the count begins again."""
        stored = self._ask(lambda: super(SteadyStorage, self).get_expiry(key)) or 0.0
        return max(stored, self._memory.get_expiry(key))

    def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count in a moving window unless it is full."""
        stored = self._ask(lambda: super(SteadyStorage, self).acquire_entry(key, limit, expiry, amount))
        return bool(self._memory.acquire_entry(key, limit, expiry, amount)) if stored is None else stored

    def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """Return when a moving window began, and how many are in it."""
        in_memory = self._memory.get_moving_window(key, limit, expiry)
        stored = self._ask(lambda: super(SteadyStorage, self).get_moving_window(key, limit, expiry))
        return max(stored or in_memory, in_memory, key=lambda window: window[1])

    def clear(self, key: str) -> None:
        """Forget a count."""
        self._memory.clear(key)
        self._ask(lambda: super(SteadyStorage, self).clear(key))

    def reset(self) -> int | None:
        """Forget all counts, and that Redis refused one."""
        self._ask_at = 0.0
        self._memory.reset()
        return self._ask(super().reset)

    def check(self) -> bool:
        """Return that it counts, which it always does."""
        return True

    def _ask(self, question: Callable[[], Found]) -> Found | None:
        """Ask Redis; None when it is away or takes no writes, also for a while after that."""
        if time.monotonic() < self._ask_at:
            return None
        try:
            return question()
        except (redis.RedisError, OSError) as error:
            self._ask_at = time.monotonic() + PAUSE_SECONDS
            log.warning("limits.counted_in_memory", error=type(error).__name__)
            return None
