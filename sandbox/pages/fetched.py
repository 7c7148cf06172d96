"""Media of messages for the phones: fetched by the sandbox from where the message says, when a phone shows them."""

from __future__ import annotations

from itertools import chain

import aiohttp
from aiohttp import web

from sandbox.control.plumbing import Control, ControlError
from sandbox.handset import HANDSET, UNREACHABLE, carries, imagemap_addresses
from sandbox.line import chats
from sandbox.line.mail import is_chat
from sandbox.pages.contents import SHOWN

PATH = "/_sandbox/media/{channel_id}/{chat}"
PASSED_ON = ("Content-Length", "Content-Range", "Accept-Ranges")
PIECE = 64 * 1024


def add_routes(app: web.Application) -> None:
    """Serve the media of messages."""
    app.router.add_get(PATH, media)


async def media(request: web.Request) -> web.StreamResponse:
    """Return what is at `address`, which a message of this chat must carry; 502 says why it cannot be shown."""
    address = request.query.get("address", "")
    may_redirect = _may_redirect(request, address)
    try:
        async with request.app[HANDSET].media(
            address, request.headers.get("Range"), may_redirect=may_redirect
        ) as found:
            return await _passed_on(request, found)
    except UNREACHABLE as error:
        raise web.HTTPBadGateway(text=f"{type(error).__name__}: {error}") from error


def _may_redirect(request: web.Request, address: str) -> bool:
    """Return whether the app follows redirects from an address; raises HTTPNotFound where no message carries it."""
    chat = request.match_info["chat"]
    try:
        control = Control(request, {})
        channel = control.channel()
    except ControlError as error:
        raise web.HTTPNotFound from error
    if is_chat(chat):
        for message in chain(chats.messages(control.world, channel, chat), chats.written(channel, chat)):
            if carries(message, address):
                return address not in imagemap_addresses(message)
    raise web.HTTPNotFound


async def _passed_on(request: web.Request, found: aiohttp.ClientResponse) -> web.StreamResponse:
    if found.status not in (200, 206) or found.content_type not in SHOWN:
        raise web.HTTPBadGateway(text=f"The answer was {found.status} {found.content_type}.")
    headers = {name: found.headers[name] for name in PASSED_ON if name in found.headers}
    headers |= {"Content-Type": found.content_type, "Cache-Control": "private, max-age=3600"}
    headers |= {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
    response = web.StreamResponse(status=found.status, headers=headers)
    await response.prepare(request)
    async for piece in found.content.iter_chunked(PIECE):
        await response.write(piece)
    return response
