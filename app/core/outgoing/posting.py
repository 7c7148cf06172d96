"""Post to many addresses at once. What a host does, slow, endless or wrong, costs a few seconds and nothing else."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp
from yarl import URL

from app.core import error_messages
from app.core.i18n import _l
from app.core.outgoing.networks import AddressNotAllowed, guarded_socket

# Seconds that a whole request, and the connection, may take.
REQUEST_SECONDS, CONNECT_SECONDS = 10.0, 5.0
MOST_BYTES = 64 * 1024
# Requests under way at once: in all, and to one host.
IN_HAND, IN_HAND_OF_HOST = 50, 10
# A host that has missed so many times in a row is not asked for the rest of the batch.
MOST_MISSES = 3
TIMEOUT, UNREACHABLE, NOT_ALLOWED, NOT_SECURE = (
    "outgoing.timeout",
    "outgoing.unreachable",
    "outgoing.not_allowed",
    "outgoing.not_secure",
)
LEADS_INSIDE = _l("The address leads into a private network, which this installation does not allow.")
error_messages.register(
    {
        TIMEOUT: _l("The host of the address did not answer within 10 seconds."),
        UNREACHABLE: _l("The host of the address cannot be reached."),
        NOT_ALLOWED: LEADS_INSIDE,
        NOT_SECURE: _l("The host of the address has no valid certificate."),
    }
)


@dataclass(frozen=True)
class Post:
    """A body to be posted; `key` names it in the answers."""

    key: str
    url: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def host(self) -> str:
        return URL(self.url).authority

    @property
    def is_encrypted(self) -> bool:
        return URL(self.url).scheme == "https"


@dataclass(frozen=True)
class HostAnswer:
    """What a host answered. `body` is None where it is longer than MOST_BYTES; redirects are not followed."""

    status: int
    body: bytes | None = b""
    # As the header Retry-After says; None without one.
    wait_seconds: float | None = None


@dataclass(frozen=True)
class Missed:
    """No answer came; `code` is one of the error messages."""

    code: str

    @property
    def is_final(self) -> bool:
        """Return whether the address has to be changed first."""
        return self.code == NOT_ALLOWED


Result = HostAnswer | Missed


def post_all(posts: Sequence[Post]) -> dict[str, Result]:
    """Post all of these and return what came of each, by key. No transaction may be open."""
    return asyncio.run(_post_all(posts)) if posts else {}


async def _post_all(posts: Sequence[Post]) -> dict[str, Result]:
    async with AsyncExitStack() as stack:
        kinds = {one.is_encrypted for one in posts}
        hosts = _Hosts({kind: await stack.enter_async_context(_session(kind)) for kind in kinds})
        results = await asyncio.gather(*(hosts.post(one) for one in posts))
    return {one.key: result for one, result in zip(posts, results, strict=True)}


def _session(is_encrypted: bool) -> aiohttp.ClientSession:
    connector = aiohttp.TCPConnector(limit=IN_HAND, socket_factory=guarded_socket(is_encrypted=is_encrypted))
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        timeout=aiohttp.ClientTimeout(total=REQUEST_SECONDS, sock_connect=CONNECT_SECONDS),
    )


class _Hosts:
    """The hosts of a batch, and how often each has missed in a row."""

    def __init__(self, sessions: Mapping[bool, aiohttp.ClientSession]) -> None:
        self._sessions = sessions
        self._misses: Counter[str] = Counter()
        self._all = asyncio.Semaphore(IN_HAND)
        self._turns: dict[str, asyncio.Semaphore] = {}

    async def post(self, one: Post) -> Result:
        """Post when it is the turn of the host; at once a miss where the host has missed too often."""
        host = one.host
        async with self._turns.setdefault(host, asyncio.Semaphore(IN_HAND_OF_HOST)), self._all:
            if self._misses[host] >= MOST_MISSES:
                return Missed(UNREACHABLE)
            result = await _post(self._sessions[one.is_encrypted], one)
            self._misses[host] = self._misses[host] + 1 if isinstance(result, Missed) else 0
            return result


async def _post(session: aiohttp.ClientSession, one: Post) -> Result:
    headers = {"Accept-Encoding": "identity", **one.headers}
    try:
        async with session.post(one.url, data=one.body, headers=headers, allow_redirects=False) as answer:
            body = await _read(answer.content)
            return HostAnswer(answer.status, body, _seconds(answer.headers.get("Retry-After", "")))
    except TimeoutError:
        return Missed(TIMEOUT)
    except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientSSLError):
        return Missed(NOT_SECURE)
    except aiohttp.ClientConnectorError as error:
        return Missed(NOT_ALLOWED if isinstance(error.os_error, AddressNotAllowed) else UNREACHABLE)
    except (aiohttp.ClientError, OSError, ValueError):
        return Missed(UNREACHABLE)


async def _read(content: aiohttp.StreamReader) -> bytes | None:
    body = bytearray()
    async for piece in content.iter_chunked(16 * 1024):
        body += piece
        if len(body) > MOST_BYTES:
            return None
    return bytes(body)


def _seconds(written: str) -> float | None:
    return float(written) if written.isascii() and written.isdecimal() and len(written) < 7 else None
