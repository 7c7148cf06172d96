"""The network side of people's phones: media of messages that LINE's app fetches, links that its browser opens.

The pages let the sandbox fetch for them, since a phone brings no cookies of a member's browser along.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin

import aiohttp
from aiohttp import web

APP = "Line/14.19.0 iPhone17,1 iOS 18.1"
BROWSER = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Mobile/15E148 Safari Line/14.19.0"
)
# The widths in which the app asks for an imagemap.
WIDTHS = (240, 300, 460, 700, 1040)
# The names under which messages carry pictures that are shown before anything is tapped.
PICTURES = ("previewImageUrl", "thumbnailImageUrl", "imageUrl", "iconUrl", "previewUrl")
PATIENCE = aiohttp.ClientTimeout(total=None, connect=5.0, sock_read=20.0)
SHORT_PATIENCE = aiohttp.ClientTimeout(total=5.0)
UNREACHABLE = (aiohttp.ClientError, TimeoutError, ValueError)


@dataclass(frozen=True)
class Visit:
    """What came of opening a link: LINE's browser got `status` (None: no answer), and goes on to `leads_to`."""

    status: int | None
    leads_to: str


class Handset:
    """Fetches as phones do; one connection pool for all of them."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def run(self, _app: web.Application) -> AsyncIterator[None]:
        """Keep the connections for as long as the sandbox runs."""
        async with aiohttp.ClientSession(headers={"Accept-Encoding": "identity"}) as self._session:
            yield

    async def visit(self, address: str) -> Visit:
        """Open a web address as the browser within LINE does, up to the first redirect."""
        headers = {"User-Agent": BROWSER, "Accept": "text/html,*/*;q=0.8", "Accept-Language": "ja-JP"}
        options: dict[str, Any] = {"headers": headers, "allow_redirects": False, "timeout": SHORT_PATIENCE}
        try:
            async with self._connected().get(address, **options) as answer:
                return Visit(answer.status, urljoin(address, answer.headers.get("Location", "")))
        except UNREACHABLE:
            return Visit(None, address)

    @asynccontextmanager
    async def media(
        self, address: str, part: str | None = None, *, may_redirect: bool = True
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Fetch a picture, film or sound as the app does; `part` is the wanted range. Raises one of UNREACHABLE."""
        headers = {"User-Agent": APP} | ({"Range": part} if part else {})
        options: dict[str, Any] = {"headers": headers, "allow_redirects": may_redirect, "timeout": PATIENCE}
        async with self._connected().get(address, **options) as answer:
            yield answer

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            raise RuntimeError("The sandbox is not running.")
        return self._session


HANDSET: web.AppKey[Handset] = web.AppKey("handset", Handset)


def pictures_of(message: dict[str, Any], width: int) -> Iterator[str]:
    """Return what the app fetches to show a message, before anything is tapped; imagemaps in this width."""
    for one in _objects(message):
        yield from (one[name] for name in PICTURES if isinstance(one.get(name), str))
        if one.get("type") in ("image", "icon") and isinstance(one.get("url"), str):
            yield one["url"]
        if isinstance(one.get("baseUrl"), str):
            yield f"{one['baseUrl']}/{width}"


def imagemap_addresses(message: dict[str, Any]) -> set[str]:
    """Return the addresses of a message's imagemap in all widths; the app follows no redirect from there."""
    return {f"{base}/{width}" for one in _objects(message) if (base := one.get("baseUrl")) for width in WIDTHS}


def carries(message: dict[str, Any], address: str) -> bool:
    """Return whether a message has this address anywhere, so that the app may fetch it."""
    return any(address in one.values() for one in _objects(message)) or address in imagemap_addresses(message)


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    """Return every object within a message."""
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _objects(inner)
