"""Requests of a sync, in the gateway's event loop: the next one is under way while an answer is stored."""

from __future__ import annotations

from concurrent.futures import Future
from datetime import datetime, timedelta
from typing import Any, TypeVar

from app.core.clock import now
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.async_client import AsyncHubSpotClient, background
from app.integrations.hubspot.gateway.rate import Priority
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.shared.models import Integration

T = TypeVar("T")


class SyncReader:
    """Makes a sync's requests at the pace of syncs; one reader serves one portal for a while."""

    def __init__(self, access: Access) -> None:
        self.access = access
        self._client: AsyncHubSpotClient | None = None

    def start(self, request: HubSpotRequest[T]) -> Future[T]:
        """Begin a request; `result()` of what is returned waits for the answer, with no transaction open."""

        async def call(session: Any) -> T:
            if self._client is None:
                client = AsyncHubSpotClient(self.access, Priority.SYNC, session=session)
                self._client = await client.__aenter__()
            return await self._client.call(request)

        return background.start(call)

    def call(self, request: HubSpotRequest[T]) -> T:
        """Make a request and wait for its answer."""
        return self.start(request).result()

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


class Ahead:
    """One request ahead of what is being stored; what is under way is given up at the end."""

    def __init__(self, reader: SyncReader) -> None:
        self._reader = reader
        self._under_way: Future[Any] | None = None

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        if self._under_way is not None:
            self._under_way.cancel()

    def take(self, request: HubSpotRequest[T]) -> T:
        """Return the answer to the request that was begun, or to this one when none was."""
        begun, self._under_way = self._under_way or self._reader.start(request), None
        found: T = begun.result()
        return found

    def begin(self, request: HubSpotRequest[Any]) -> None:
        """Begin the next request."""
        self._under_way = self._reader.start(request)
