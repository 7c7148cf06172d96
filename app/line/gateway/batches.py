"""Many sends at once: as many tasks as there are connections, fed from one iterable, with outcomes as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from operator import length_hint
from typing import Generic, TypeVar

from app.line.gateway.lanes import Lane
from app.line.gateway.outcomes import Outcome

S = TypeVar("S")
# Posts one send, or what stands for it.
Post = Callable[[S, Lane], Awaitable[Outcome]]
# So many outcomes per connection may wait to be taken.
AHEAD = 2


class _Batch(Generic[S]):
    """The sends of one batch; `done` holds each with its outcome, and None at the end."""

    def __init__(self, post: Post[S], sends: Iterator[S], lane: Lane, workers: int) -> None:
        self.done: asyncio.Queue[tuple[S, Outcome] | None] = asyncio.Queue()
        self.room = asyncio.Semaphore(workers * AHEAD)
        self._post, self._sends, self._lane, self._workers = post, sends, lane, workers

    async def run(self) -> None:
        workers = [asyncio.create_task(self._work()) for _ in range(self._workers)]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            self.done.put_nowait(None)

    async def _work(self) -> None:
        while True:
            await self.room.acquire()
            send = next(self._sends, None)
            if send is None:
                self.room.release()
                return
            self.done.put_nowait((send, await self._post(send, self._lane)))


async def post_concurrently(
    post: Post[S], sends: Iterable[S], lane: Lane, connections: int
) -> AsyncGenerator[tuple[S, Outcome], None]:
    """Yield each send with its outcome, in the order in which they end; an unexpected error ends all of it."""
    batch = _Batch(post, iter(sends), lane, max(1, min(connections, length_hint(sends, connections))))
    running = asyncio.create_task(batch.run())
    try:
        while pair := await batch.done.get():
            yield pair
            batch.room.release()
        await running
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
