"""Try requests to LINE again a few times, so that a short trouble never reaches the caller.

What is still refused then waits in the caller's due row or run, and is sent again with the same retry key.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.core.errors import RetryLater
from app.line.gateway.outcomes import Later, Outcome

R = TypeVar("R")
# Tries of one request before its trouble is shown to the caller.
TRIES = 4
# To try again at once would not help: Redis is away, or the person gets too many messages.
NOT_AT_ONCE = frozenset({"line.limiter_away", "line.person_flooded"})


async def retry_read(read: Callable[[], Awaitable[R]], tries: int) -> R:
    """Read, again after each RetryLater; raises that of the last try, and PermanentFailure at once."""
    for attempt in range(1, tries + 1):
        try:
            return await read()
        except RetryLater as error:
            if attempt == tries or error.code in NOT_AT_ONCE:
                raise
            await _back_off(error.after, attempt)
    raise AssertionError("unreachable")


async def retry_send(post: Callable[[], Awaitable[Outcome]], tries: int) -> Outcome:
    """Send, again after each outcome Later; returns the last outcome. Only for sends that LINE takes once."""
    for attempt in range(1, tries + 1):
        outcome = await post()
        if not isinstance(outcome, Later) or outcome.code in NOT_AT_ONCE or attempt == tries:
            return outcome
        await _back_off(outcome.after, attempt)
    raise AssertionError("unreachable")


async def _back_off(after: float, attempt: int) -> None:
    """Wait before the next try: longer each time, and with jitter so that refused requests do not return at once."""
    await asyncio.sleep(min(after, 0.25 * 2 ** (attempt - 1)) * random.uniform(0.5, 1.5))
