"""Bound the requests under way at once, with slots kept free for the upper lanes.

Broadcasts, workflows and imports of one process run in event loops of their own, each in its thread. All of them share
the semaphore of an account, so a lock guards the counters and a waiting task is woken in its own loop.
"""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Lock
from weakref import WeakValueDictionary

from app.line.gateway.lanes import Lane

# LINE's 2,000 a second need 100 connections at 50 ms; the lowest lane may use three quarters of these.
CONNECTIONS = 160


@dataclass(order=True)
class _Waiter:
    lane: Lane
    number: int
    admitted: asyncio.Future[None] = field(compare=False)
    has_slot: bool = field(default=False, compare=False)
    has_left: bool = field(default=False, compare=False)


class PrioritySemaphore:
    """At most `limit` holders at once; waiting tasks are admitted by lane, then in the order of arrival."""

    def __init__(self, limit: int = CONNECTIONS) -> None:
        self.limit, self.used = limit, 0
        self._lock = Lock()
        self._waiting: list[_Waiter] = []
        self._numbers = count()

    @asynccontextmanager
    async def hold(self, lane: Lane) -> AsyncIterator[None]:
        """Occupy one slot inside the `async with`; waits for it, and may be cancelled while it waits."""
        await self._enter(lane)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, lane: Lane) -> None:
        with self._lock:
            if self.used < lane.slots(self.limit):
                self.used += 1
                return
            waiter = _Waiter(lane, next(self._numbers), asyncio.get_running_loop().create_future())
            heapq.heappush(self._waiting, waiter)
        try:
            await waiter.admitted
        except asyncio.CancelledError:
            self._give_up(waiter)
            raise

    def _give_up(self, waiter: _Waiter) -> None:
        with self._lock:
            waiter.has_left = True
            self.used -= waiter.has_slot
            admitted = self._next_waiters()
        self._wake(admitted)

    def _leave(self) -> None:
        with self._lock:
            self.used -= 1
            admitted = self._next_waiters()
        self._wake(admitted)

    def _next_waiters(self) -> list[_Waiter]:
        """Take the waiters off that have a slot now. One that does not fit keeps out all behind it."""
        admitted = []
        while self._waiting:
            first = self._waiting[0]
            if not first.has_left:
                if self.used >= first.lane.slots(self.limit):
                    break
                self.used += 1
                first.has_slot = True
                admitted.append(first)
            heapq.heappop(self._waiting)
        return admitted

    def _wake(self, admitted: list[_Waiter]) -> None:
        for waiter in admitted:
            loop = waiter.admitted.get_loop()
            # To wake another loop costs a system call on both sides.
            call = loop.call_soon if _is_running(loop) else loop.call_soon_threadsafe
            try:
                call(_resolve, waiter.admitted)
            except RuntimeError:  # The loop was closed while its task waited: the slot goes to the next.
                self._leave()


def _is_running(loop: asyncio.AbstractEventLoop) -> bool:
    """Return whether this is the loop of the caller; a task that is thrown away has none."""
    try:
        return asyncio.get_running_loop() is loop
    except RuntimeError:
        return False


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


_accounts: WeakValueDictionary[int, PrioritySemaphore] = WeakValueDictionary()
_accounts_lock = Lock()


def semaphore_of(account_id: int) -> PrioritySemaphore:
    """Return the semaphore that all senders of this process share for one account."""
    with _accounts_lock:
        return _accounts.setdefault(account_id, PrioritySemaphore())
