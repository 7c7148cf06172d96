"""LIFF apps: `/liff/{liff_id}/…` stands in for liff.line.me, `/liff/sdk.js` for LINE's script on their pages.

Opened on a person's phone, a LIFF page is told who they are; opened by itself, as outside of LINE, of no one.
"""

from pathlib import Path
from urllib.parse import quote

from aiohttp import web

from sandbox.line.channels import Channel
from sandbox.line.envelope import WORLD
from sandbox.line.id_tokens import issue_id_token
from sandbox.line.people import Person
from sandbox.world import World

SDK = Path(__file__).parent / "pages" / "liff-sdk.js"
START = "/liff/"


def add_routes(app: web.Application) -> None:
    """Serve LIFF addresses, and LINE's script for their pages."""
    app.router.add_get("/liff/sdk.js", sdk)
    app.router.add_get("/liff/{liff_id}{path:(?:/.*)?}", outside)


async def sdk(_request: web.Request) -> web.StreamResponse:
    """Answer with what stands in for LINE's script."""
    return web.FileResponse(SDK, headers={"Content-Type": "text/javascript", "Cache-Control": "no-store"})


async def outside(request: web.Request) -> web.StreamResponse:
    """Open a LIFF address in a browser that is not LINE's."""
    address = _endpoint(request.app[WORLD], request.rel_url.raw_path_qs)
    if address is None:
        raise web.HTTPNotFound(text="There is no such LIFF app.")
    return web.Response(status=302, headers={"Location": address, "Cache-Control": "no-store"})


def opened_by(world: World, channel: Channel, person: Person, address: str, origin: str) -> str:
    """Return where LINE's app goes for an address: from a LIFF address of ours to its page, which is told who taps."""
    if not address.startswith(origin + START):
        return address
    way = address.removeprefix(origin)
    endpoint = _endpoint(world, way)
    if endpoint is None or _liff_id(way) not in channel.liff_apps:
        return endpoint or address
    return f"{endpoint}#id_token={issue_id_token(world, channel, person)}"


def _liff_id(way: str) -> str:
    return way.removeprefix(START).partition("?")[0].partition("/")[0]


def _endpoint(world: World, way: str) -> str | None:
    """Return the app's endpoint, with what stands behind the app's id packed up, as LINE hands it over first."""
    liff_id = _liff_id(way)
    endpoint = next((one.liff_apps[liff_id] for one in world.channels.values() if liff_id in one.liff_apps), None)
    state = way.removeprefix(START + liff_id)
    if endpoint is None or not state.strip("/"):
        return endpoint
    return f"{endpoint}{'&' if '?' in endpoint else '?'}liff.state={quote(state, safe='')}"
