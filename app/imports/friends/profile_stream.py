"""A stream of profiles: several batches are under way, so that connections stay busy while one is stored."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
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
    """Users whose profiles are fetched together, with the results so far; `done` when all are there.

    `taken` are users whose result was stored before the batch was complete.
    """

    ids: Sequence[str]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())

    def rest(self) -> dict[str, Outcome]:
        """Return the results that were not taken yet."""
        return {user_id: outcome for user_id, outcome in self.outcomes.items() if user_id not in self.taken}

    def take(self) -> Mapping[str, Outcome]:
        """Take the new results that are final: those without trouble, which the whole batch judges."""
        came = {user_id: one for user_id, one in self.rest().items() if not isinstance(one, Trouble)}
        self.taken.update(came)
        return came


class ProfileStream:
    """Profiles fetched by batches, in the order they were begun; `stopped` holds an error that concerns all of them."""

    def __init__(self, line: AsyncLineClient) -> None:
        self.batches: deque[Batch] = deque()
        self.stopped: asyncio.Future[Trouble] = asyncio.get_running_loop().create_future()
        self.answered = 0
        self._line = line
        self._waiting: asyncio.Queue[tuple[Batch, str]] = asyncio.Queue()
        self._askers = [asyncio.create_task(self._ask()) for _ in range(line.connections)]
        self._trouble_in_a_row = 0

    def begin(self, ids: Sequence[str]) -> None:
        """Queue the profiles of these users."""
        batch = Batch(ids)
        self.batches.append(batch)
        for user_id in ids:
            self._waiting.put_nowait((batch, user_id))

    async def close(self) -> None:
        """Cancel what is under way."""
        for asker in self._askers:
            asker.cancel()
        await asyncio.gather(*self._askers, return_exceptions=True)

    async def _ask(self) -> None:
        """Fetch profiles one after another on one connection. An unexpected error ends the batch and the stream."""
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
