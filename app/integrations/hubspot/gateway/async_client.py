"""Asynchronous client for one portal: the loops of a sync, over one pool of connections.

It keeps the shared pace, renews its token in mid-run, and tries again a few times by itself, so that its caller sees
trouble only when waiting a little did not help.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from types import TracebackType
from typing import Any, Self, TypeVar
from urllib.parse import urlencode

import aiohttp

from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.background import Background
from app.core.outgoing.exchange import REQUEST_SECONDS, Answer, NotSent, exchange, open_session
from app.integrations.hubspot.gateway import rate, retries
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.client import drift_of
from app.integrations.hubspot.gateway.errors import refusal
from app.integrations.hubspot.gateway.rate import Priority
from app.integrations.hubspot.gateway.requests import CallLimit, HubSpotRequest
from app.integrations.hubspot.gateway.urls import urls

T = TypeVar("T")
# Requests of a portal under way at once, and connections of a process.
UNDER_WAY, CONNECTIONS = 16, 64
# A token is asked of its store again after so many seconds, so that it is renewed before it runs out.
TOKEN_SECONDS = 15.0
# Turns are told in whole milliseconds, rounded up; the next one is now.
ROUNDED = 0.001
HEADERS = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "Tomoru"}

background = Background("hubspot-gateway", CONNECTIONS)


class AsyncHubSpotClient:
    """Client for one portal inside one event loop: `async with AsyncHubSpotClient(access) as hubspot: …`.

    Any call may be cancelled; at most `under_way` are made at once, however many tasks ask. A given `session` is used
    and not closed.
    """

    def __init__(
        self,
        access: Access,
        priority: Priority = Priority.SYNC,
        *,
        tries: int = retries.SYNC_TRIES,
        under_way: int = UNDER_WAY,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        self.access, self.priority, self._tries = access, priority, tries
        # HubSpot's clock minus ours, measured at the last answer.
        self.clock_drift: timedelta | None = None
        self._given_session, self._under_way = session, asyncio.Semaphore(under_way)
        self._token, self._read_at = "", float("-inf")
        self._renewal = asyncio.Lock()
        # Turns that were taken for calls to come.
        self._turns: Counter[CallLimit] = Counter()

    async def __aenter__(self) -> Self:
        self._session = self._given_session or open_session(CONNECTIONS)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._given_session is None:
            await self._session.close()

    async def call(self, request: HubSpotRequest[T]) -> T:
        """Make the request and return what its answer says; raises RetryLater or PermanentFailure."""
        for attempt in count(1):
            try:
                return request.result(await self._accepted(request, attempt))
            except RetryLater as error:
                wait = retries.wait_before(request, error, attempt, self._tries)
                if wait is None:
                    raise retries.final(request, error) from error
                await asyncio.sleep(wait)
        raise AssertionError("unreachable")

    async def _accepted(self, request: HubSpotRequest[T], attempt: int) -> Answer:
        async with self._under_way:
            answer = await self._answer(request)
        if 200 <= answer.status < 300:
            return answer
        retries.note(request, answer)
        error = refusal(answer, attempt=attempt, time_zone=self.access.time_zone)
        if isinstance(error, RetryLater):
            await asyncio.to_thread(rate.slow_down, self.access, request.limit, error)
        raise error

    async def _answer(self, request: HubSpotRequest[T]) -> Answer:
        """Make one request; when HubSpot refuses the token, renew it and repeat the request once."""
        token = await self._current_token()
        answer = await self._exchange(request, token)
        if answer.status == 401:
            retries.note(request, answer)
            answer = await self._exchange(request, await self._other_token(token))
        if answer.status == 401:
            await asyncio.to_thread(self.access.lost, "hubspot.uninstalled")
            raise PermanentFailure("hubspot.uninstalled")
        return answer

    async def _current_token(self) -> str:
        """Return the token; one task reads it again while the others wait for it."""
        async with self._renewal:
            if time.monotonic() - self._read_at > TOKEN_SECONDS:
                await self._read_token(self.access.token)
            return self._token

    async def _other_token(self, refused: str) -> str:
        """Return another token than the one that was refused; tasks that come with the same one share the renewal."""
        async with self._renewal:
            if self._token == refused:
                await self._read_token(lambda: self.access.renew(refused))
            return self._token

    async def _read_token(self, read: Callable[[], str]) -> None:
        try:
            self._token = await asyncio.to_thread(read)
        except RetryLater as error:
            raise NotSent(error.code, error.after, **error.params) from error
        self._read_at = time.monotonic()

    async def _exchange(self, request: HubSpotRequest[T], token: str) -> Answer:
        await self._turn(request.limit)
        query = f"?{urlencode(request.query, doseq=True)}" if request.query else ""
        options: dict[str, Any] = {"headers": {**HEADERS, "Authorization": f"Bearer {token}"}}
        if request.form:
            options["data"] = _form(request)
            # It names the mark between the parts.
            del options["headers"]["Content-Type"]
        elif request.body is not None:
            options["data"] = json.dumps(request.body).encode()
        url = urls.api + request.path + query
        answer = await exchange(self._session, "hubspot", request.method, url, seconds=REQUEST_SECONDS, **options)
        if (drift := drift_of(answer)) is not None:
            self.clock_drift = drift
        return answer

    async def take_turn(self, limit: CallLimit) -> None:
        """Wait for the turn of a call that is made later, which then waits no more; raises RetryLater."""
        await self._turn(limit)
        self._turns[limit] += 1

    async def _turn(self, limit: CallLimit) -> None:
        if self._turns[limit]:
            self._turns[limit] -= 1
            return
        steps = rate.waits(self.access, limit, self.priority, self.priority.patience)
        worth_a_sleep = filter(lambda seconds: seconds > ROUNDED, steps)
        while (seconds := await asyncio.to_thread(next, worth_a_sleep, None)) is not None:
            await asyncio.sleep(seconds)


def _form(request: HubSpotRequest[Any]) -> aiohttp.FormData:
    """Return the parts of a form, which can be sent once."""
    form = aiohttp.FormData()
    for part in request.form:
        form.add_field(part.name, part.value, filename=part.file_name, content_type=part.content_type)
    return form
