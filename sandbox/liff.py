"""LINE's app when a link is tapped in it: LIFF apps open knowing who taps, other pages in LINE's own browser.

`/liff/{liff_id}/…` stands in for liff.line.me. Opened by itself, as outside of LINE, a LIFF page is told of no one.
"""

import contextlib
from pathlib import Path
from urllib.parse import quote, urlsplit

import aiohttp
from aiohttp import web

from sandbox.control.plumbing import Control, ControlError
from sandbox.line.channels import Channel
from sandbox.line.envelope import WORLD
from sandbox.line.id_tokens import issue_id_token
from sandbox.line.people import Person
from sandbox.world import World

SDK = Path(__file__).parent / "pages" / "liff-sdk.js"
IN_APP = "/_sandbox/in-app/{channel_id}/{user_id}"
BROWSER = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Safari Line/15.2.0"
PATIENCE = aiohttp.ClientTimeout(total=5)


def add_routes(app: web.Application) -> None:
    """Serve LIFF addresses, LINE's script for their pages, and taps on links."""
    app.router.add_get("/liff/sdk.js", sdk)
    app.router.add_get("/liff/{liff_id}{path:(?:/.*)?}", outside)
    app.router.add_get(IN_APP, tap)


async def sdk(_request: web.Request) -> web.StreamResponse:
    """Answer with what stands in for LINE's script."""
    return web.FileResponse(SDK, headers={"Content-Type": "text/javascript", "Cache-Control": "no-store"})


async def outside(request: web.Request) -> web.StreamResponse:
    """Open a LIFF address in a browser that is not LINE's."""
    return _found(_opened(request.app[WORLD], request.rel_url.raw_path_qs, None))


async def tap(request: web.Request) -> web.StreamResponse:
    """Open a link (`?url=`) as LINE's app does when this person taps it."""
    control, address = Control(request, {}), request.query.get("url", "")
    if urlsplit(address).scheme not in ("http", "https"):
        raise web.HTTPBadRequest
    try:
        channel, person = control.channel(), control.person()
    except ControlError as error:
        raise web.HTTPNotFound from error
    if _is_of_account(channel, address):
        address = await _led_on(address)
    base = f"{request.scheme}://{request.host}"
    if address.startswith(f"{base}/liff/"):
        address = _opened(control.world, address.removeprefix(base), (channel, person))
    return _found(address)


def _is_of_account(channel: Channel, address: str) -> bool:
    """Return whether the address is on the host that gets the account's events; others are left to the browser."""
    known = (channel.webhook.endpoint, *channel.liff_apps.values())
    return urlsplit(address).netloc in {urlsplit(one).netloc for one in known if one}


async def _led_on(address: str) -> str:
    """Ask for the address as LINE's browser does, without cookies, and return where it leads."""
    with contextlib.suppress(aiohttp.ClientError, TimeoutError):
        async with (
            aiohttp.ClientSession(timeout=PATIENCE) as session,
            session.get(address, headers={"User-Agent": BROWSER}, allow_redirects=False) as answer,
        ):
            return answer.headers.get("Location", address)
    return address


def _opened(world: World, address: str, who: tuple[Channel, Person] | None) -> str:
    """Return the LIFF app's endpoint with the way behind packed up, and in LINE with the person's tokens."""
    liff_id, _slash, _way = address.removeprefix("/liff/").partition("?")[0].partition("/")
    endpoint = next((one.liff_apps[liff_id] for one in world.channels.values() if liff_id in one.liff_apps), None)
    if endpoint is None:
        raise web.HTTPNotFound(text="There is no such LIFF app.")
    way = address.removeprefix(f"/liff/{liff_id}")
    joint = "&" if "?" in endpoint else "?"
    first = f"{endpoint}{joint}liff.state={quote(way, safe='')}" if way.strip("/") else endpoint
    if who is None or liff_id not in who[0].liff_apps:
        return first
    return f"{first}#id_token={issue_id_token(world, *who)}"


def _found(address: str) -> web.Response:
    """Return a redirect to the address as it is spelled."""
    return web.Response(status=302, headers={"Location": address, "Cache-Control": "no-store"})
