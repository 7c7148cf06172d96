"""A stream of profiles: several batches are under way, so that storing one never leaves the connections idle."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway.hot import HotLine
from app.line.gateway.values import Profile

# So many errors in a row are no longer the trouble of single people.
TROUBLE_IN_A_ROW = 50
# Refusals that concern the person asked for; every other one concerns the account.
PERSONAL = {"line.bad_recipient", "line.refused"}

Trouble = RetryLater | PermanentFailure
# None: LINE has no profile for us.
Outcome = Profile | Trouble | None


@dataclass
class Batch:
    """People asked for together, and what came of it so far."""

    ids: Sequence[str]
    outcomes: dict[str, Outcome] = field(default_factory=dict)
    task: asyncio.Future[list[None]] = field(init=False)


class ProfileStream:
    """Fetches batches in the order they were begun; `stopped` holds the error that concerns everybody."""

    def __init__(self, line: HotLine) -> None:
        self.batches: deque[Batch] = deque()
        self.stopped: asyncio.Future[Trouble] = asyncio.get_running_loop().create_future()
        self.answered = 0
        self.has_begun = False
        self._line = line
        self._trouble_in_a_row = 0

    def begin(self, ids: Sequence[str]) -> None:
        """Ask for these people, after those who wait already."""
        self.has_begun = True
        if not ids:
            return
        batch = Batch(ids)
        batch.task = asyncio.gather(*(self._ask(batch, user_id) for user_id in ids))
        self.batches.append(batch)

    def has_room(self, batches: int) -> bool:
        """Whether fewer than so many batches are under way."""
        return len(self.batches) < batches

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = [batch.task for batch in self.batches]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, batch: Batch, user_id: str) -> None:
        try:
            batch.outcomes[user_id] = await self._line.profile(user_id)
        except (RetryLater, PermanentFailure) as error:
            self._note(batch, user_id, error)
        else:
            self.answered += 1
            self._trouble_in_a_row = 0

    def _note(self, batch: Batch, user_id: str, error: Trouble) -> None:
        self._trouble_in_a_row += 1
        is_personal = isinstance(error, RetryLater) or error.code in PERSONAL
        if is_personal and self._trouble_in_a_row < TROUBLE_IN_A_ROW:
            batch.outcomes[user_id] = error
        elif not self.stopped.done():
            self.stopped.set_result(error)
