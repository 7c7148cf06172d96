"""Waiting for outside answers without losing the run: a slow service must not look like a dead worker."""

from __future__ import annotations

import asyncio
from typing import Any

from app.core.runs.lease import Lease

BEAT_SECONDS = 5.0


async def wait_alive(lease: Lease, *futures: asyncio.Future[Any]) -> None:
    """Return when one of these is done; meanwhile prolong the hold. Raises LeaseLost or Cancelled, as `prolong` does.

    No transaction may be open meanwhile.
    """
    while not (await asyncio.wait(futures, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED))[0]:
        await asyncio.to_thread(lease.prolong)
