"""The access token of one batch of requests: read once, renewed once for all that wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable

from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.exchange import NotSent
from app.line.gateway import tokens
from app.line.gateway.types import Token


class SharedToken:
    """An account's token inside one event loop. Raises NotSent or PermanentFailure when there is none."""

    def __init__(self, account_id: int) -> None:
        self.account_id = account_id
        self._token = Token("")
        self._renewal: asyncio.Lock = asyncio.Lock()
        self._failure: PermanentFailure | None = None

    async def read(self) -> None:
        """Take the stored token, or a new one when it runs out."""
        self._token = await _not_sent(asyncio.to_thread(tokens.current, self.account_id))

    async def current(self) -> str:
        """Return the token; near its end one caller renews it while the others go on with the old one."""
        if tokens.runs_out(self._token) and not self._renewal.locked():
            async with self._renewal:
                await self.read()
        return self._token.value

    async def replace(self, refused: str) -> str:
        """Return another token than the one LINE refused. Callers that come with the same one share the renewal.

        When the account can have no other token, all of them get that error, and LINE is asked once.
        """
        async with self._renewal:
            if self._failure is not None:
                raise PermanentFailure(self._failure.code, **self._failure.params) from self._failure
            if self._token.value == refused:
                await self._renew(refused)
        return self._token.value

    async def _renew(self, refused: str) -> None:
        try:
            self._token = await _not_sent(asyncio.to_thread(tokens.renew, self.account_id, refused))
        except PermanentFailure as error:
            self._failure = error
            raise

    async def give_up(self) -> None:
        """Mark the account as broken, because LINE refused the new token as well; later callers are refused at once."""
        if self._failure is None:
            self._failure = PermanentFailure("line.token_refused")
            await asyncio.to_thread(tokens.mark_broken, self.account_id, "line.token_refused")


async def _not_sent(reading: Awaitable[Token]) -> Token:
    """Return the token; raises NotSent for a failure to get one, since the request was not sent."""
    try:
        return await reading
    except RetryLater as error:
        raise NotSent(error.code, error.after, **error.params) from error
