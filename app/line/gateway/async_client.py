"""Asynchronous client for one account: thousands of calls a second over one pool of connections.

It keeps the shared rate by lanes, renews its token in mid-batch, and tries again a few times by itself, so that its
caller sees trouble only when waiting a little did not help.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable, Sequence
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import aiohttp

from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.exchange import Answer, open_session
from app.line.gateway import retries, sends
from app.line.gateway.batches import post_concurrently
from app.line.gateway.connections import exchange
from app.line.gateway.errors import refusal
from app.line.gateway.lanes import Lane
from app.line.gateway.outcomes import KeyExpired, Outcome, outcome_of, read_outcome
from app.line.gateway.priority_semaphore import CONNECTIONS, PrioritySemaphore, semaphore_of
from app.line.gateway.rate_limit import Pace, bucket
from app.line.gateway.sends import Message, Send
from app.line.gateway.shared_token import SharedToken
from app.line.gateway.types import FollowerPage, MessageComplaint, Profile


class AsyncLineClient:
    """Client for one account inside one event loop: `async with AsyncLineClient(account_id) as line: …`.

    Entering reads the token and raises RetryLater or PermanentFailure when there is none. Any call may be cancelled;
    at most `connections` are under way at once, however many tasks ask. `tries=1` shows trouble at once, and
    `patience` bounds the seconds that a call waits for its turn. A given `session` is used and not closed.
    """

    def __init__(
        self,
        account_id: int,
        connections: int = CONNECTIONS,
        *,
        tries: int | None = None,
        patience: float | None = None,
        session: aiohttp.ClientSession | None = None,
    ) -> None:
        self.account_id, self.connections = account_id, connections
        self._tries, self._patience = tries or retries.TRIES, patience
        self._given_session = session
        self._semaphore, self._account_semaphore = PrioritySemaphore(connections), semaphore_of(account_id)
        self._paces: dict[tuple[str, Lane], Pace] = {}
        self._token = SharedToken(account_id)

    async def __aenter__(self) -> Self:
        await self._token.read()
        self._session = self._given_session or open_session(self.connections)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._given_session is None:
            await self._session.close()

    async def follower_ids(self, start: str | None = None, limit: int = 1000) -> FollowerPage:
        """Return a page of follower ids. `line.start_expired` says that `start` is over 24 h old: begin again."""
        query = {"limit": str(limit), **({"start": start} if start else {})}
        return FollowerPage.read(await self.get("followers", f"/v2/bot/followers/ids?{urlencode(query)}"))

    async def profile(self, user_id: str) -> Profile | None:
        """Return the user's profile; None when LINE does not give it (blocked, no consent, gone)."""
        try:
            body = await self.get("profile", f"/v2/bot/profile/{quote(user_id, safe='')}")
        except PermanentFailure as error:
            if error.code == "line.not_found":
                return None
            raise
        return Profile.read(user_id, body)

    async def get(self, endpoint: str, path: str, lane: Lane = Lane.BULK) -> dict[str, Any]:
        """Read a JSON object; `endpoint` names the bucket that limits it. Raises RetryLater or PermanentFailure."""

        async def read() -> dict[str, Any]:
            return _read_object(await self._answer("GET", endpoint, path, lane))

        return await retries.retry_read(read, self._tries)

    async def complaints(self, messages: Sequence[Message], lane: Lane) -> list[MessageComplaint]:
        """Return what LINE would refuse of these messages, which are not sent. Raises RetryLater, PermanentFailure."""
        send = sends.check(messages)

        async def ask() -> list[MessageComplaint]:
            answer = await self._answer("POST", "validate", send.path, lane, send)
            if answer.status == 400:
                return MessageComplaint.read_all(answer.body)
            if not 200 <= answer.status < 300:
                raise refusal(answer.status, answer.body, answer.headers)
            return []

        return await retries.retry_read(ask, self._tries)

    async def post(self, send: Send, lane: Lane) -> Outcome:
        """Send messages; raises nothing but what stops the caller's own task.

        A push or multicast is tried again with its key; a reply is tried once.
        """
        tries = 1 if send.key is None else self._tries
        return await retries.retry_send(lambda: self._post_once(send, lane), tries)

    def post_all(self, sends: Iterable[Send], lane: Lane) -> AsyncGenerator[tuple[Send, Outcome], None]:
        """Send many at once and yield each with its outcome as it comes; `sends` is read as connections become free.

        A slow caller slows the sending: outcomes that were not taken yet are bounded. Closing the generator
        (`contextlib.aclosing`) cancels what is under way, and those sends may have reached LINE.
        """
        return post_concurrently(self.post, sends, lane, self.connections)

    async def _post_once(self, send: Send, lane: Lane) -> Outcome:
        try:
            answer = await self._answer("POST", send.kind, send.path, lane, send)
        except (RetryLater, PermanentFailure) as error:
            return outcome_of(error, is_repeatable=send.key is not None)
        return read_outcome(answer, is_repeatable=send.key is not None)

    async def _answer(self, method: str, endpoint: str, path: str, lane: Lane, send: Send | None = None) -> Answer:
        """Make one request; when LINE refuses the token, renew it and repeat the request once."""
        token = await self._token.current()
        answer = await self._exchange(method, endpoint, path, lane, token, send)
        if answer.status == 401:
            token = await self._token.replace(token)
            answer = await self._exchange(method, endpoint, path, lane, token, send)
        if answer.status == 401:
            await self._token.give_up()
        return answer

    async def _exchange(
        self, method: str, endpoint: str, path: str, lane: Lane, token: str, send: Send | None
    ) -> Answer:
        headers = {**(send.headers if send else {}), "Authorization": f"Bearer {token}"}
        async with self._semaphore.hold(lane), self._account_semaphore.hold(lane):
            await self._pace(endpoint, lane).wait()
            if send and send.key and send.key.has_expired:
                raise KeyExpired
            return await exchange(self._session, method, path, headers=headers, data=send.data if send else None)

    def _pace(self, endpoint: str, lane: Lane) -> Pace:
        pace = self._paces.get((endpoint, lane))
        if pace is None:
            pace = self._paces[endpoint, lane] = Pace(bucket(self.account_id, endpoint), lane, self._patience)
        return pace


def _read_object(answer: Answer) -> dict[str, Any]:
    if not 200 <= answer.status < 300:
        raise refusal(answer.status, answer.body, answer.headers)
    if not isinstance(answer.body, dict):
        raise RetryLater("line.unreadable", after=5)
    return answer.body
