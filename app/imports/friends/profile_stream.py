"""A stream of profiles: several batches are under way, so that storing one never leaves the connections idle."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.types import Profile

# So many errors in a row are no longer the trouble of single people.
TROUBLE_IN_A_ROW = 50
# Refusals that concern the person asked for; every other one concerns the account.
PERSONAL = {"line.bad_recipient", "line.refused"}

Trouble = RetryLater | PermanentFailure
# None: LINE has no profile for us.
Outcome = Profile | Trouble | None


@dataclass
class Batch:
    """People asked for together, and what came of it so far; `done` when that is everything."""

    ids: Sequence[str]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class ProfileStream:
    """Fetches batches in the order they were begun; `stopped` holds the error that concerns everybody."""

    def __init__(self, line: AsyncLineClient) -> None:
        self.batches: deque[Batch] = deque()
        self.stopped: asyncio.Future[Trouble] = asyncio.get_running_loop().create_future()
        self.answered = 0
        self._line = line
        self._waiting: asyncio.Queue[tuple[Batch, str]] = asyncio.Queue()
        self._askers = [asyncio.create_task(self._ask()) for _ in range(line.connections)]
        self._trouble_in_a_row = 0

    def begin(self, ids: Sequence[str]) -> None:
        """Ask for these people, after those who wait already."""
        batch = Batch(ids)
        self.batches.append(batch)
        for user_id in ids:
            self._waiting.put_nowait((batch, user_id))

    async def close(self) -> None:
        """Give up what is under way."""
        for asker in self._askers:
            asker.cancel()
        await asyncio.gather(*self._askers, return_exceptions=True)

    async def _ask(self) -> None:
        """One connection's worth of work: person after person. A surprise ends the batch, and with it the stream."""
        while True:
            batch, user_id = await self._waiting.get()
            try:
                batch.outcomes[user_id] = await self._line.profile(user_id)
                self.answered += 1
                self._trouble_in_a_row = 0
            except (RetryLater, PermanentFailure) as error:
                self._note(batch, user_id, error)
            except Exception as error:
                if not batch.done.done():
                    batch.done.set_exception(error)
            if len(batch.outcomes) == len(batch.ids) and not batch.done.done():
                batch.done.set_result(None)

    def _note(self, batch: Batch, user_id: str, error: Trouble) -> None:
        self._trouble_in_a_row += 1
        is_personal = isinstance(error, RetryLater) or error.code in PERSONAL
        if is_personal and self._trouble_in_a_row < TROUBLE_IN_A_ROW:
            batch.outcomes[user_id] = error
        elif not self.stopped.done():
            self.stopped.set_result(error)
