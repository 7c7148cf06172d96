"""Server-sent events: tells an open page whatever changed, as soon as it changed, until either side goes."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from aiohttp import web

from sandbox.line.envelope import WORLD

News = dict[str, Any]

# A line that means nothing, so that a page that went away is noticed.
HEARTBEAT = b": still here\n\n"
HEARTBEAT_SECONDS = 15.0
HEADERS = {"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

CLOSING: web.AppKey[asyncio.Event] = web.AppKey("closing", asyncio.Event)


def prepare(app: web.Application) -> None:
    """Make sure that open pages do not hold up a stop."""
    app[CLOSING] = asyncio.Event()
    app.on_shutdown.append(_close)


async def _close(app: web.Application) -> None:
    app[CLOSING].set()
    app[WORLD].touch()


async def stream(
    request: web.Request, news: Callable[[], News], *, pause: float, patience: float = HEARTBEAT_SECONDS
) -> web.StreamResponse:
    """Send what `news` returns, at most once in `pause` seconds; look again after `patience` without a change."""
    response = web.StreamResponse(headers=HEADERS)
    await response.prepare(request)
    silent = 0.0
    while not request.app[CLOSING].is_set():
        fresh = news()
        try:
            if fresh or silent >= HEARTBEAT_SECONDS:
                silent = 0.0
                await response.write(_event(fresh) if fresh else HEARTBEAT)
        except ConnectionError:
            break
        if fresh:
            await asyncio.sleep(pause)
        else:
            await request.app[WORLD].wait_for_change(patience)
            silent += patience
    return response


def _event(data: News) -> bytes:
    return f"data: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


class Sections:
    """Remembers the named parts of a page as they were sent, and gives back those that differ now."""

    def __init__(self) -> None:
        self._sent: dict[str, str] = {}

    def changed(self, sections: News) -> News:
        written = {name: json.dumps(value) for name, value in sections.items()}
        fresh = {name: sections[name] for name, text in written.items() if self._sent.get(name) != text}
        self._sent |= written
        return fresh
