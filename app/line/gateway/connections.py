"""Requests to LINE over a pool of connections."""

from __future__ import annotations

from typing import Any

import aiohttp

from app.core.outgoing import exchange as outgoing
from app.core.outgoing.exchange import Answer
from app.line.gateway.urls import urls

# Seconds that a whole request may last.
REQUEST_SECONDS = outgoing.REQUEST_SECONDS


async def exchange(session: aiohttp.ClientSession, method: str, path: str, **options: Any) -> Answer:
    """Make one request; any status is an answer. Raises NotSent, or RetryLater when LINE may have got it."""
    return await outgoing.exchange(session, "line", method, urls.api + path, seconds=REQUEST_SECONDS, **options)
