"""Synchronous sends: one push, multicast or reply, over the asynchronous client in the background loop.

Sends raise nothing for errors of LINE: the outcome says what happened. Commit or roll back before a call: no
transaction may be open during a request. A call takes half a minute when LINE is slow.
"""

from __future__ import annotations

from collections.abc import Sequence

import aiohttp

from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway import background, sends
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.lanes import Lane
from app.line.gateway.outcomes import Outcome, RetryKey, outcome_of
from app.line.gateway.rate_limit import PATIENCE
from app.line.gateway.sends import Message, Send
from app.line.gateway.types import MessageComplaint


def push(
    account_id: int,
    to: str,
    messages: Sequence[Message],
    key: RetryKey,
    *,
    lane: Lane = Lane.CHAT,
    quiet: bool = False,
    unit: str | None = None,
) -> Outcome:
    """Send to one user, group or room."""
    return post(account_id, sends.push(to, messages, key, quiet=quiet, unit=unit), lane)


def multicast(
    account_id: int,
    to: Sequence[str],
    messages: Sequence[Message],
    key: RetryKey,
    *,
    lane: Lane,
    quiet: bool = False,
    unit: str | None = None,
) -> Outcome:
    """Send to up to 500 people at once; one id that LINE does not know fails the whole request."""
    return post(account_id, sends.multicast(to, messages, key, quiet=quiet, unit=unit), lane)


def reply(
    account_id: int, reply_token: str, messages: Sequence[Message], *, lane: Lane = Lane.REPLY, quiet: bool = False
) -> Outcome:
    """Answer an event within a minute, once and free of charge. Never repeat it after Unknown."""
    return post(account_id, sends.reply(reply_token, messages, quiet=quiet), lane)


def post(account_id: int, send: Send, lane: Lane) -> Outcome:
    """Make one request and wait for its outcome; it is tried once."""

    async def call(session: aiohttp.ClientSession) -> Outcome:
        try:
            async with AsyncLineClient(account_id, tries=1, patience=PATIENCE, session=session) as line:
                return await line.post(send, lane)
        except (RetryLater, PermanentFailure) as error:  # The account has no token: nothing was sent.
            return outcome_of(error, is_repeatable=send.key is not None)

    return background.run(call)


def complaints(account_id: int, messages: Sequence[Message], *, lane: Lane = Lane.TEST) -> list[MessageComplaint]:
    """Return what LINE would refuse of these messages, which are not sent. Raises RetryLater or PermanentFailure."""

    async def call(session: aiohttp.ClientSession) -> list[MessageComplaint]:
        async with AsyncLineClient(account_id, tries=2, patience=PATIENCE, session=session) as line:
            return await line.complaints(messages, lane)

    return background.run(call)
