"""Requests of a sync, in the gateway's event loop: the next pages are under way while one is stored."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from app.core.clock import now
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.async_client import AsyncHubSpotClient, background
from app.integrations.hubspot.gateway.rate import Priority
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.shared.models import Integration

T = TypeVar("T")
# So many pages wait to be stored before no further one is asked for.
MOST_AHEAD = 2


class SyncReader:
    """Makes a sync's requests at the pace of syncs; one reader serves one portal for a while."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._client: AsyncHubSpotClient | None = None

    def call(self, request: HubSpotRequest[T]) -> T:
        """Make a request and wait for its answer, with no transaction open."""
        return self.call_all([request])[0]

    def call_all(self, requests: Sequence[HubSpotRequest[T]]) -> list[T]:
        """Make requests side by side and wait for all answers, in their order."""

        async def ask(session: Any) -> list[T]:
            client = await self.client(session)
            return await asyncio.gather(*(client.call(one) for one in requests))

        return background.run(ask)

    async def client(self, session: Any) -> AsyncHubSpotClient:
        """Return the client inside the gateway's loop, whose session it uses."""
        if self._client is None:
            client = AsyncHubSpotClient(self.access, Priority.SYNC, session=session)
            self._client = await client.__aenter__()
        return self._client

    @property
    def clock_skew(self) -> timedelta:
        """Return how far HubSpot's clock is ahead of ours, as its last answer says; none before the first one."""
        return (self._client.clock_drift if self._client else None) or timedelta()

    def now(self) -> datetime:
        """Return what time it is at HubSpot."""
        return now() + self.clock_skew


def reader_of(integration: Integration) -> SyncReader:
    """Return the reader for a connected portal."""
    return SyncReader(access_of(integration))


class PagesAhead(Generic[T]):
    """Pages that follow each other, read ahead: `with PagesAhead(…) as pages: for page in pages: …`.

    `following` gives the request after a page, None after the last one. The turn of each request is taken while the one
    before is under way. After `stop` no further turn is taken, and what has one still comes, so that none is wasted.
    What is left at the end of the block is given up.
    """

    def __init__(
        self, reader: SyncReader, first: HubSpotRequest[T], following: Callable[[T], HubSpotRequest[T] | None]
    ) -> None:
        self._reader, self._first, self._following = reader, first, following
        self._come: asyncio.Queue[T | Exception | None] = asyncio.Queue(MOST_AHEAD)
        self._is_stopped = False

    def __enter__(self) -> PagesAhead[T]:
        self._reading: Future[None] = background.start(self._read)
        return self

    def __exit__(self, *_: object) -> None:
        self._reading.cancel()

    def __iter__(self) -> Iterator[T]:
        while (page := background.run(lambda _session: self._come.get())) is not None:
            if isinstance(page, Exception):
                raise page
            yield page

    def stop(self) -> None:
        """Let the reading come to an end."""
        self._is_stopped = True

    async def _read(self, session: Any) -> None:
        try:
            await self._read_on(await self._reader.client(session))
        except Exception as error:
            await self._come.put(error)
        else:
            await self._come.put(None)

    async def _read_on(self, client: AsyncHubSpotClient) -> None:
        request: HubSpotRequest[T] | None = self._first
        is_last = False
        while request is not None and not is_last:
            is_last = self._is_stopped
            next_turn = asyncio.sleep(0) if is_last else client.take_turn(request.limit)
            page, _taken = await asyncio.gather(client.call(request), next_turn)
            await self._come.put(page)
            request = self._following(page)
