"""Connections to the hosts of a gateway, and the meaning of each failure: certainly not sent, or perhaps sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import aiohttp
from yarl import URL

from app.core import lenient_json
from app.core.errors import RetryLater

# Seconds that a whole request, its connection, and each silence within it may last.
REQUEST_SECONDS, CONNECT_SECONDS, READ_SECONDS = 30.0, 5.0, 15.0
KEEP_ALIVE_SECONDS = 30.0
# Raised before the first byte of a request is written.
NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
BROKEN = (aiohttp.ClientError, OSError)


@dataclass(frozen=True)
class Answer:
    """An answer: status, the decoded body, and the headers, whose names are in lower case."""

    status: int
    body: Any
    headers: dict[str, str]


class NotSent(RetryLater):
    """The request did not leave this process, so a second try cannot repeat anything."""


def open_session(connections: int) -> aiohttp.ClientSession:
    """Return a pool of so many connections that stay open between requests; for one event loop."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=connections, ttl_dns_cache=300, keepalive_timeout=KEEP_ALIVE_SECONDS),
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )


async def exchange(
    session: aiohttp.ClientSession, service: str, method: str, url: str, *, seconds: float, **options: Any
) -> Answer:
    """Make one request; any status is an answer. Raises NotSent, or RetryLater when the service may have got it.

    Codes are `service.timeout` and `service.unreachable`. `seconds` bounds the whole request.
    """
    timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_SECONDS, sock_read=READ_SECONDS)
    address = URL(url, encoded=True)
    try:
        async with session.request(method, address, timeout=timeout, allow_redirects=False, **options) as answer:
            raw = await answer.read()
    except NEVER_LEFT as error:
        kind = "timeout" if isinstance(error, TimeoutError) else "unreachable"
        raise NotSent(f"{service}.{kind}", after=5) from error
    except TimeoutError as error:
        raise RetryLater(f"{service}.timeout", after=5) from error
    except BROKEN as error:
        raise RetryLater(f"{service}.unreachable", after=5) from error
    headers = {name.lower(): value for name, value in answer.headers.items()}
    return Answer(answer.status, lenient_json.loads_or_none(raw), headers)
