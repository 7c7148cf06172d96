"""Send the chunks of a broadcast: calls to LINE run side by side while one transaction after the other feeds them.

Chat, replies and workflows go first (`Lane.BROADCAST`), and all broadcasts of an account share LINE's rate. A call
whose outcome is open is tried again with its key; trouble that lasts ends the slice, and the run waits.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from app.core import shutdown
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.lanes import Lane
from app.line.gateway.outcomes import Accepted, Later, Outcome, Refused
from app.messages.broadcasts import reasons
from app.messages.broadcasts.loading import ReadySet
from app.messages.broadcasts.models import BroadcastState, Way
from app.messages.broadcasts.turns import LedgerTurn, LedgerTurns
from app.messages.broadcasts.work import Call, ChunkWork

# A slice takes no new chunks after so many seconds, so that several broadcasts take turns.
SLICE_SECONDS = 18.0
# Without any success for so long, and after so many tries, the run waits instead.
TROUBLE_SECONDS, TROUBLE_TRIES = 4.0, 4
# After so many refusals of people and no success at all, something else is wrong.
MOST_REFUSALS = 40
# Calls under way at once, calls in hand, and chunks taken at once.
CONNECTIONS = {Way.MULTICAST: 48, Way.PUSH: 160}
IN_HAND = {Way.MULTICAST: 120, Way.PUSH: 1_200}
PEOPLE_OF_CALL = {Way.MULTICAST: 1, Way.PUSH: 100}
# Transactions are so many seconds apart at least, unless a worker runs out of calls.
TURN_SECONDS = 0.2
# LINE refuses the person, nothing else.
ABOUT_PERSON = frozenset({"line.bad_recipient"})
MOST_FLOODED = 5


@dataclass(frozen=True)
class Halt:
    """Why the broadcast cannot go on before a member does something, and the state that says so."""

    state: BroadcastState
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


class Delivery:
    """One slice of sending a broadcast. `halt` and `trouble` say why it ended before everything was sent."""

    def __init__(self, turns: LedgerTurns) -> None:
        self.halt: Halt | None = None
        self.trouble: RetryLater | None = None
        self.is_finished = False
        self._turns, self._way = turns, turns.batch.way
        self._queue: asyncio.Queue[Call] = asyncio.Queue()
        self._over: list[ChunkWork] = []
        self._in_hand: set[ChunkWork] = set()
        self._calls = self._under_way = 0
        self._is_closing = False
        self._good_sets: set[ReadySet] = set()
        self._news = asyncio.Event()
        self._until = time.monotonic() + SLICE_SECONDS
        self._accepted = self._refused = self._laters = 0
        self._good_at = time.monotonic()

    async def run(self, line: AsyncLineClient) -> None:
        """Send until everything is sent, the slice is over, or something stops it; then wait for what is under way."""
        self._line = line
        workers = [asyncio.create_task(self._work()) for _ in range(CONNECTIONS[self._way])]
        try:
            await self._feed(workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _feed(self, workers: Sequence[asyncio.Task[None]]) -> None:
        while True:
            turn = await self._turn()
            for worker in workers:
                if worker.done():
                    # Only an unexpected error ends a worker; it ends the slice, too.
                    worker.result()
            if not turn.is_sending:
                self._close()
            if self._is_drained():
                break
            if not turn.works and not self._in_hand and not self._over:
                self.is_finished = not self._is_closing
                break
            await self._wait()
        await self._give_back()

    async def _turn(self) -> LedgerTurn:
        """Store what is over and take new chunks; what is under way goes on during it."""
        if shutdown.is_requested() or time.monotonic() >= self._until:
            self._close()
        done, self._over = self._over, []
        turn = await asyncio.to_thread(self._turns.take, done, self._wanted())
        for work in turn.works:
            self._take_in_hand(work)
        return turn

    def _wanted(self) -> int:
        free = 0 if self._is_closing else IN_HAND[self._way] - self._calls
        return max(0, free) // PEOPLE_OF_CALL[self._way]

    def _take_in_hand(self, work: ChunkWork) -> None:
        if work.is_over or work.unknown is not None:
            self._over.append(work)
            return
        self._in_hand.add(work)
        self._calls += len(work.waiting)
        for call in work.waiting:
            self._queue.put_nowait(call)

    async def _wait(self) -> None:
        """Wait for a while, or until the calls run out."""
        self._news.clear()
        if self._is_closing and not self._under_way:
            return
        is_short = self._calls < IN_HAND[self._way] // 2 and self._over
        if not is_short or self._is_closing:
            try:
                await asyncio.wait_for(self._news.wait(), TURN_SECONDS)
            except TimeoutError:
                return

    def _is_drained(self) -> bool:
        return self._is_closing and not self._under_way

    def _close(self) -> None:
        self._is_closing = True

    async def _give_back(self) -> None:
        """Store the outcomes that are left, and let chunks go whose calls were not made or may be repeated."""
        left, self._over = [*self._over, *self._in_hand], []
        self._in_hand.clear()
        if left:
            await asyncio.to_thread(self._turns.take, left, 0)

    async def _work(self) -> None:
        while True:
            call = await self._queue.get()
            if self._is_closing:
                continue
            self._under_way += 1
            try:
                call.tries += 1
                await self._settle(call, await self._line.post(call.send, Lane.BROADCAST))
            finally:
                self._under_way -= 1
                if not self._under_way or not self._calls:
                    self._news.set()

    async def _settle(self, call: Call, outcome: Outcome) -> None:
        if isinstance(outcome, Accepted):
            self._accept(call, outcome)
        elif isinstance(outcome, Later):
            self._try_later(call, outcome)
        elif isinstance(outcome, Refused):
            await self._refuse(call, outcome)
        else:
            call.work.unknown = outcome.why
            self._end(call)

    def _accept(self, call: Call, outcome: Accepted) -> None:
        self._accepted += 1
        self._laters, self._good_at = 0, time.monotonic()
        if call.position is None:
            call.work.request_id = outcome.request_id
        else:
            call.work.sent.append(call.position)
        self._end(call)

    def _try_later(self, call: Call, outcome: Later) -> None:
        if not outcome.is_untaken:
            call.is_doubtful = True
        if outcome.code == "line.person_flooded" and call.tries >= MOST_FLOODED and not call.is_doubtful:
            return self._refuse_person(call, outcome.code)
        self._laters += 1
        is_lasting = time.monotonic() - self._good_at >= TROUBLE_SECONDS and self._laters >= TROUBLE_TRIES
        if is_lasting or outcome.code == "line.limiter_away":
            self.trouble = self.trouble or RetryLater(outcome.code, outcome.after)
            return self._close()
        pause = min(outcome.after, 0.25 * 2 ** min(call.tries - 1, 5)) * random.uniform(0.5, 1.5)
        asyncio.get_running_loop().call_later(pause, self._queue.put_nowait, call)
        return None

    async def _refuse(self, call: Call, outcome: Refused) -> None:
        if outcome.is_about_account:
            return self._stop(Halt(BroadcastState.PAUSED, outcome.code, outcome.params))
        # The same call was refused whenever it was made, so an earlier try has not been taken either.
        call.is_doubtful = False
        if outcome.code not in ABOUT_PERSON and not await self._is_content_taken(call):
            return None
        self._refused += 1
        if self._refused >= MOST_REFUSALS and not self._accepted:
            return self._stop(Halt(BroadcastState.PAUSED, outcome.code, outcome.params))
        return self._refuse_person(call, outcome.code)

    def _refuse_person(self, call: Call, code: str) -> None:
        work = call.work
        if call.position is not None:
            work.refused[call.position] = code
        elif work.people == 1:
            work.refused[work.first] = code
        else:
            work.must_split = True
        self._end(call)

    async def _is_content_taken(self, call: Call) -> bool:
        """Return whether LINE takes the messages, so that the refusal is about a person; halts or retries otherwise."""
        ready = self._turns.batch.set_at(call.work.first)
        if ready in self._good_sets:
            return True
        try:
            found = await self._line.complaints(json.loads(call.send.data)["messages"], Lane.BROADCAST)
        except RetryLater as error:
            self._try_later(call, Later(error.after, error.code, is_untaken=True))
            return False
        except PermanentFailure as error:
            self._stop(Halt(BroadcastState.PAUSED, error.code, error.params))
            return False
        if found:
            self._stop(Halt(BroadcastState.FAILED, reasons.CONTENT, {"problem": found[0].words}))
            return False
        if call.position is None:
            self._good_sets.add(ready)
        return True

    def _stop(self, halt: Halt) -> None:
        self.halt = self.halt or halt
        self._close()

    def _end(self, call: Call) -> None:
        self._calls -= 1
        call.work.waiting.discard(call)
        if call.work.is_over:
            self._end_work(call.work)

    def _end_work(self, work: ChunkWork) -> None:
        if work in self._in_hand:
            self._in_hand.discard(work)
            self._calls -= len(work.waiting)
            self._over.append(work)
        if self._calls < IN_HAND[self._way] // 2:
            self._news.set()
