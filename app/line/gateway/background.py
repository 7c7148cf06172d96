"""One event loop per process, in a thread of its own, so that synchronous callers use the asynchronous client.

Its connections stay open between calls. Thread and loop start with the first call of a process, also of a forked one.
"""

from __future__ import annotations

import asyncio
import atexit
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import TypeVar

import aiohttp

from app.line.gateway.connections import open_session
from app.line.gateway.priority_semaphore import CONNECTIONS

T = TypeVar("T")


class Background:
    """A running loop and its pool of connections."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._session: aiohttp.ClientSession | None = None
        Thread(target=self.loop.run_forever, name="line-gateway", daemon=True).start()

    def start(self, call: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> Future[T]:
        """Start the call in the loop, in the caller's context."""
        return asyncio.run_coroutine_threadsafe(self._with_session(call), self.loop)

    def close(self) -> None:
        """Close the connections and end the loop."""
        if self._session is not None:
            asyncio.run_coroutine_threadsafe(self._session.close(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def _with_session(self, call: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> T:
        if self._session is None:
            self._session = open_session(CONNECTIONS)
        return await call(self._session)


_running: list[Background] = []
_lock = Lock()


def run(call: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> T:
    """Run the call in this process' background loop, with its session, and wait for the result."""
    return start(call).result()


def start(call: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> Future[T]:
    """Start the call in this process' background loop, with its session; cancel the future to stop it."""
    with _lock:
        if not _running:
            _running.append(Background())
            atexit.register(_running[0].close)
        background = _running[0]
    return background.start(call)


def _forget_parent() -> None:
    """Forget, in a forked process, the parent's thread and connections."""
    global _lock  # noqa: PLW0603
    _lock = Lock()
    for background in _running:
        atexit.unregister(background.close)
    _running.clear()


os.register_at_fork(after_in_child=_forget_parent)
