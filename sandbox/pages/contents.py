"""What people sent, and images of rich menus, for the phones: the bytes that the bot may fetch, without a token."""

import base64

from aiohttp import web

from sandbox.control.plumbing import Control, ControlError
from sandbox.line.content import content_bytes

MENU_PATH = "/_sandbox/rich-menus/{channel_id}/{menu_id}"
PATH = "/_sandbox/contents/{channel_id}/{message_id}"
# Anything else is only ever handed out as a download, whatever its sender called it.
SHOWN = ("image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "audio/wav", "audio/mpeg", "audio/mp4")


def add_routes(app: web.Application) -> None:
    """Serve contents to the pages."""
    app.router.add_get(PATH, content)
    app.router.add_get(MENU_PATH, menu_image)


async def content(request: web.Request) -> web.Response:
    """Return the bytes of one message; what was taken back is gone."""
    message_id = request.match_info["message_id"]
    try:
        found = Control(request, {}).channel().contents.get(message_id)
    except ControlError:
        found = None
    if found is None or found.unsent or found.failed:
        raise web.HTTPNotFound
    body, kind = content_bytes(message_id, found)
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}
    if kind not in SHOWN:
        kind, headers["Content-Disposition"] = "application/octet-stream", "attachment"
    return web.Response(body=body, headers=headers | {"Content-Type": kind})


async def menu_image(request: web.Request) -> web.Response:
    """Return a rich menu's image."""
    try:
        found = Control(request, {}).channel().rich_menus.menus.get(request.match_info["menu_id"])
    except ControlError:
        found = None
    if found is None or found.image is None:
        raise web.HTTPNotFound
    headers = {"X-Content-Type-Options": "nosniff", "Content-Type": found.image_type or "image/png"}
    return web.Response(body=base64.b64decode(found.image), headers=headers)
