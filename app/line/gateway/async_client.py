"""The hot loop's way to LINE: thousands of calls a second over one sized pool of connections.

`HotLine` keeps the shared pace, renews its token in mid-loop, and tries again a few times by itself, so that its
user sees an error only when waiting a little did not help.
"""

from __future__ import annotations

import asyncio
import random
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from app.core import lenient_json
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway import tokens
from app.line.gateway.errors import refusal
from app.line.gateway.rate_limit import Pace, bucket
from app.line.gateway.types import FollowerPage, Profile, Token
from app.line.gateway.urls import urls

TIMEOUT = aiohttp.ClientTimeout(total=30, sock_connect=5, sock_read=15)
# Tries of one request before its RetryLater is shown to the caller.
TRIES = 4
TRANSIENT = (aiohttp.ClientError, TimeoutError, OSError)


class AsyncLineClient:
    """LINE for one account, inside one event loop: `async with HotLine(account_id) as line: …`.

    Raises RetryLater for rate limits, 5xx, timeouts and connection trouble, PermanentFailure for refusals. Any call
    may be cancelled; at most `connections` are under way at once, however many tasks ask.
    """

    def __init__(self, account_id: int, connections: int = 120) -> None:
        self.account_id = account_id
        self._places = asyncio.Semaphore(connections)
        self.connections = connections
        self._paces = {name: Pace(bucket(account_id, name)) for name in ("followers", "profile")}
        self._renewing = asyncio.Lock()
        self._token = Token("")

    async def __aenter__(self) -> Self:
        self._token = await asyncio.to_thread(tokens.current, self.account_id)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self.connections, ttl_dns_cache=300),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=TIMEOUT,
            trust_env=False,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def follower_ids(self, start: str | None = None, limit: int = 1000) -> FollowerPage:
        """One page of follower ids. `line.start_expired` says that `start` is over 24 h old: begin anew."""
        query = {"limit": str(limit), **({"start": start} if start else {})}
        return FollowerPage.read(await self._get("followers", f"/v2/bot/followers/ids?{urlencode(query)}"))

    async def profile(self, user_id: str) -> Profile | None:
        """The person's profile; None when LINE does not give it (blocked, no consent, gone)."""
        try:
            body = await self._get("profile", f"/v2/bot/profile/{quote(user_id, safe='')}")
        except PermanentFailure as error:
            if error.code == "line.not_found":
                return None
            raise
        return Profile.read(user_id, body)

    async def _get(self, endpoint: str, path: str) -> Any:
        url = URL(urls.api + path, encoded=True)
        for attempt in range(TRIES):
            try:
                return await self._once(endpoint, url)
            except RetryLater as error:
                if attempt == TRIES - 1 or error.code == "line.limiter_away":
                    raise
                # The wait grows and is spread, so that refused requests do not come back all at once.
                await asyncio.sleep(min(error.after, 0.25 * 2**attempt) * random.uniform(0.5, 1.5))
        raise AssertionError("unreachable")

    async def _once(self, endpoint: str, url: URL) -> Any:
        """One request; a refused token is renewed and the request repeated once."""
        token = await self._current_token()
        status, body, headers = await self._request(endpoint, url, token)
        if status == 401:
            token = await self._renewed_token(token)
            status, body, headers = await self._request(endpoint, url, token)
        if status == 401:
            await asyncio.to_thread(tokens.mark_broken, self.account_id, "line.token_refused")
        if not 200 <= status < 300:
            raise refusal(status, body, headers)
        if not isinstance(body, dict):
            raise RetryLater("line.unreadable", after=5)
        return body

    async def _request(self, endpoint: str, url: URL, token: str) -> tuple[int, Any, dict[str, str]]:
        async with self._places:
            await self._paces[endpoint].wait()
            try:
                async with self._session.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
                    raw = await answer.read()
            except TimeoutError as error:
                raise RetryLater("line.timeout", after=5) from error
            except TRANSIENT as error:
                raise RetryLater("line.unreachable", after=5) from error
        return answer.status, lenient_json.loads_or_none(raw), {"retry-after": answer.headers.get("Retry-After", "")}

    async def _current_token(self) -> str:
        """The token, renewed early by one task while the others go on with the old one."""
        if tokens.runs_out(self._token) and not self._renewing.locked():
            async with self._renewing:
                self._token = await asyncio.to_thread(tokens.current, self.account_id)
        return self._token.value

    async def _renewed_token(self, refused: str) -> str:
        async with self._renewing:
            if self._token.value == refused:
                self._token = await asyncio.to_thread(tokens.renew, self.account_id, refused)
        return self._token.value
