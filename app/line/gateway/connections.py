"""Connections to LINE, and the meaning of each failure: certainly not sent, or perhaps sent."""

from __future__ import annotations

from typing import Any

import aiohttp
from yarl import URL

from app.core import lenient_json
from app.core.errors import RetryLater
from app.line.gateway.rate_limit import NotSent
from app.line.gateway.transport import Answer
from app.line.gateway.urls import urls

# Seconds that a whole request, and each silence within it, may last.
REQUEST_SECONDS, CONNECT_SECONDS, READ_SECONDS = 30.0, 5.0, 15.0
KEEP_ALIVE_SECONDS = 30.0
# Raised before the first byte of a request is written.
NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
BROKEN = (aiohttp.ClientError, OSError)


def open_session(connections: int) -> aiohttp.ClientSession:
    """Return a pool of so many connections that stay open between requests; for one event loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ttl_dns_cache=300, keepalive_timeout=KEEP_ALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )


async def exchange(session: aiohttp.ClientSession, method: str, path: str, **options: Any) -> Answer:
    """Make one request; any status is an answer. Raises NotSent, or RetryLater when LINE may have got it."""
    url = URL(urls.api + path, encoded=True)
    timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS)
    try:
        async with session.request(method, url, timeout=timeout, allow_redirects=False, **options) as answer:
            raw = await answer.read()
    except NEVER_LEFT as error:
        code = "line.timeout" if isinstance(error, TimeoutError) else "line.unreachable"
        raise NotSent(code, after=5) from error
    except TimeoutError as error:
        raise RetryLater("line.timeout", after=5) from error
    except BROKEN as error:
        raise RetryLater("line.unreachable", after=5) from error
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, lenient_json.loads_or_none(raw), headers)
