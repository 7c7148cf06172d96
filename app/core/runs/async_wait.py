"""Wait for outside answers while keeping the lease of the run."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from app.core import shutdown
from app.core.runs.lease import Lease

# How soon a cancel reaches the run; people see its end about a second later, when their page asks again.
BEAT_SECONDS = 0.5
# How soon a worker that is being stopped notices.
LOOK_SECONDS = 0.5


async def wait_alive(lease: Lease, *futures: asyncio.Future[Any], longest: float | None = None) -> bool:
    """Prolong the hold until one of these is done, or `longest` seconds are over; returns whether one is done.

    Raises as `prolong` does. No transaction may be open during the wait.
    """
    since = prolonged = time.monotonic()
    shutdown.raise_if_requested()
    while not (await asyncio.wait(futures, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED))[0]:
        shutdown.raise_if_requested()
        if time.monotonic() - prolonged >= BEAT_SECONDS:
            await asyncio.to_thread(lease.prolong)
            prolonged = time.monotonic()
        if longest is not None and time.monotonic() - since >= longest:
            return any(future.done() for future in futures)
    return True
