"""An event loop in a thread of its own, so that synchronous callers use an asynchronous client.

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

from app.core.outgoing.exchange import open_session

T = TypeVar("T")


class _Loop:
    """A running loop and its pool of connections."""

    def __init__(self, name: str, connections: int) -> None:
        self.loop, self._connections = asyncio.new_event_loop(), connections
        self._session: aiohttp.ClientSession | None = None
        Thread(target=self.loop.run_forever, name=name, daemon=True).start()

    def start(self, call: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(self._with_session(call), self.loop)

    def close(self) -> None:
        """Close the connections and end the loop."""
        if self._session is not None:
            asyncio.run_coroutine_threadsafe(self._session.close(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)

    async def _with_session(self, call: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> T:
        if self._session is None:
            self._session = open_session(self._connections)
        return await call(self._session)


class Background:
    """The loop of a gateway in this process; `name` is its thread's."""

    def __init__(self, name: str, connections: int) -> None:
        self._name, self._connections = name, connections
        self._running: _Loop | None = None
        self._lock = Lock()
        os.register_at_fork(after_in_child=self._forget_parent)

    def run(self, call: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> T:
        """Run the call in the loop, in the caller's context and with the loop's session, and wait for the result."""
        return self.start(call).result()

    def start(self, call: Callable[[aiohttp.ClientSession], Awaitable[T]]) -> Future[T]:
        """Start the call in the loop, with its session; cancel the future to stop it."""
        with self._lock:
            if self._running is None:
                self._running = _Loop(self._name, self._connections)
                atexit.register(self._running.close)
            running = self._running
        return running.start(call)

    def _forget_parent(self) -> None:
        """Forget, in a forked process, the parent's thread and connections."""
        self._lock = Lock()
        if self._running is not None:
            atexit.unregister(self._running.close)
        self._running = None
