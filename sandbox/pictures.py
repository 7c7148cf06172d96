"""Serving the drawn faces of people, signs of accounts and short films to any page that shows them."""

from aiohttp import web

from sandbox import media
from sandbox.film import film
from sandbox.line.envelope import WORLD

HEADERS = {
    "Cache-Control": "public, max-age=86400",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Content-Security-Policy": "default-src 'none'",
}


def add_routes(app: web.Application) -> None:
    """Serve avatars, signs and films."""
    app.router.add_get("/_sandbox/avatars/{seed}.svg", avatar)
    app.router.add_get("/_sandbox/bots/{channel_id}.svg", sign)
    app.router.add_get("/_sandbox/films/{seed}.mp4", moving)


async def avatar(request: web.Request) -> web.Response:
    return _svg(media.avatar(request.match_info["seed"]))


async def sign(request: web.Request) -> web.Response:
    channel = request.app[WORLD].channels.get(request.match_info["channel_id"])
    if channel is None:
        raise web.HTTPNotFound
    return _svg(media.shop_sign(channel.channel_id, channel.name[:1].upper()))


async def moving(request: web.Request) -> web.Response:
    return web.Response(body=film(request.match_info["seed"]), content_type="video/mp4", headers=HEADERS)


def _svg(text: str) -> web.Response:
    return web.Response(text=text, content_type="image/svg+xml", headers=HEADERS)
