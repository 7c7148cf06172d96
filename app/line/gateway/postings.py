"""Many sends of several accounts under way in the background loop, for a caller that takes outcomes as they come."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Future
from contextlib import aclosing
from dataclasses import dataclass
from itertools import groupby
from queue import Empty, SimpleQueue
from time import monotonic
from types import TracebackType
from typing import Generic, Self, TypeVar

import aiohttp

from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway import background
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.batches import post_concurrently
from app.line.gateway.lanes import Lane
from app.line.gateway.outcomes import Outcome, outcome_of
from app.line.gateway.rate_limit import PATIENCE
from app.line.gateway.sends import Send

T = TypeVar("T")


@dataclass(frozen=True)
class Posting(Generic[T]):
    """One request, and what the caller knows it by."""

    about: T
    account_id: int
    send: Send
    lane: Lane


class Postings(Generic[T]):
    """Requests under way: `start` some, `take` what came of them. Each is tried once.

    Leaving the `with` stops what is still under way, which may have reached LINE.
    """

    def __init__(self) -> None:
        self._came: SimpleQueue[tuple[T, Outcome] | BaseException] = SimpleQueue()
        self._running: list[Future[None]] = []
        self._open = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for one in self._running:
            one.cancel()

    def __len__(self) -> int:
        """Return how many were started and not taken yet."""
        return self._open

    def start(self, postings: Sequence[Posting[T]]) -> None:
        """Start these requests; no transaction may be open from now on until `take` returns."""
        self._open += len(postings)
        self._running = [one for one in self._running if not one.done()]
        ordered = sorted(postings, key=_account_and_lane)
        for (account_id, lane), part in groupby(ordered, key=_account_and_lane):
            self._running.append(background.start(self._call(account_id, Lane(lane), list(part))))

    def take(self, within: float) -> list[tuple[T, Outcome]]:
        """Wait for an outcome, and then for the others, but no longer than so many seconds; returns what came.

        Raises what has unexpectedly ended a request.
        """
        found = [self._came.get()]
        until = monotonic() + within
        while len(found) < self._open and (left := until - monotonic()) > 0:
            try:
                found.append(self._came.get(timeout=left))
            except Empty:
                break
        self._open -= len(found)
        pairs = []
        for one in found:
            if isinstance(one, BaseException):
                raise one
            pairs.append(one)
        return pairs

    def _call(
        self, account_id: int, lane: Lane, part: list[Posting[T]]
    ) -> Callable[[aiohttp.ClientSession], Awaitable[None]]:
        async def call(session: aiohttp.ClientSession) -> None:
            try:
                await self._post(session, account_id, lane, part)
            except (RetryLater, PermanentFailure) as error:  # The account has no token: nothing was sent.
                for one in part:
                    self._came.put((one.about, outcome_of(error, is_repeatable=one.send.key is not None)))
            except BaseException as error:
                self._came.put(error)
                raise

        return call

    async def _post(self, session: aiohttp.ClientSession, account_id: int, lane: Lane, part: list[Posting[T]]) -> None:
        async with AsyncLineClient(account_id, tries=1, patience=PATIENCE, session=session) as line:

            async def post(one: Posting[T], lane: Lane) -> Outcome:
                return await line.post(one.send, lane)

            async with aclosing(post_concurrently(post, part, lane, line.connections)) as pairs:
                async for one, outcome in pairs:
                    self._came.put((one.about, outcome))


def _account_and_lane(one: Posting[T]) -> tuple[int, int]:
    return one.account_id, one.lane
