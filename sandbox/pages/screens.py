"""The pages themselves: pick an account, pick or make a person, be that person, control the stand-ins."""

import io
from typing import Any
from urllib.parse import quote

import segno
from aiohttp import web

from sandbox.control import friends
from sandbox.control.plumbing import Control, ControlError
from sandbox.control.scan import scan
from sandbox.line.channels import Channel
from sandbox.pages import names
from sandbox.pages.crowd import friends_count
from sandbox.pages.rendering import STATIC, page_route, render, static_file

PEOPLE_ON_A_PAGE = 20
STATES = ("friend", "never", "blocked", "unblocked", "no-consent", "wrote-within-7-days", "deleted")
QR_COLOUR = "#1f2a37"


def add_routes(app: web.Application) -> None:
    """Serve the pages and their files."""
    page_route(app, "GET", "/", index)
    page_route(app, "GET", "/phone/{channel_id}", people)
    page_route(app, "POST", "/phone/{channel_id}", create_person)
    page_route(app, "GET", "/phone/{channel_id}/{user_id}", phone)
    page_route(app, "GET", "/phone/{channel_id}/{user_id}/groups/{group_id}", group_chat)
    page_route(app, "GET", "/control", control_room)
    for path in ("/phone", "/phone/", "/_sandbox", "/_sandbox/"):
        page_route(app, "GET", path, home)
    app.router.add_get(f"{STATIC}/{{name:.+}}", static_file)
    app.router.add_get("/_sandbox/qr/{channel_id}.svg", qr_code)


async def home(_control: Control) -> web.StreamResponse:
    return web.Response(status=303, headers={"Location": "/"})


async def index(control: Control) -> web.Response:
    """Return every account, each with the way to its phone."""
    channels = [account(control, channel) for channel in control.world.channels.values()]
    return render(control.request, "index.html", channels=channels)


def account(control: Control, channel: Channel) -> dict[str, Any]:
    """Return what the pages show of an account."""
    count, exact = friends_count(channel)
    return {
        "channel_id": channel.channel_id,
        "name": channel.name,
        "basic_id": channel.premium_id or channel.basic_id,
        "kind": channel.kind,
        "picture_url": f"/_sandbox/bots/{channel.channel_id}.svg" if channel.has_picture else None,
        "friends": f"{count:,}" if exact else f"≈ {count:,}",
    }


async def people(control: Control) -> web.Response:
    """Return a page of the users who may be played; the query searches and filters."""
    channel, query = control.channel(), control.request.query
    text, state = query.get("q", "").strip(), query.get("state", "")
    cursor = control.number("cursor", 0)
    now = control.world.clock.now()
    found = await scan(channel, start=cursor, limit=PEOPLE_ON_A_PAGE, now=now, text=text, state=state)
    return render(
        control.request,
        "people.html",
        channel=account(control, channel),
        channels=[account(control, other) for other in control.world.channels.values()],
        people=[friends.describe(control, channel, person) for person in found.people],
        following=found.following,
        cursor=cursor,
        states=STATES,
        text=text,
        state=state,
    )


async def create_person(control: Control) -> web.Response:
    """Create a person and show their phone."""
    name = control.body.get("display_name", "").strip()
    if not name:
        raise ControlError(400, "A person needs a name.")
    wish = Control(control.request, {"display_name": name, "language": control.body.get("language") or None})
    person = await friends.create(wish)
    return web.Response(status=303, headers={"Location": phone_path(control.channel(), person["user_id"])})


def phone_path(channel: Channel, user_id: str) -> str:
    """Return where this person's phone is."""
    return f"/phone/{quote(channel.channel_id)}/{quote(user_id)}"


async def phone(control: Control) -> web.Response:
    return _chat(control, group=None)


async def group_chat(control: Control) -> web.Response:
    group = control.channel().groups.get(control.request.match_info["group_id"])
    if group is None:
        raise ControlError(404, "There is no such group.")
    name = names.title(control.world, control.channel(), group)
    return _chat(control, group={"group_id": group.group_id, "name": name})


def _chat(control: Control, group: dict[str, Any] | None) -> web.Response:
    """Return a person's phone with one chat open: with the account, or a group."""
    channel, person = control.channel(), control.person()
    return render(
        control.request,
        "phone.html",
        channel=account(control, channel),
        person=friends.describe(control, channel, person),
        group=group,
        home=phone_path(channel, person.user_id),
    )


async def control_room(control: Control) -> web.Response:
    return render(control.request, "control.html", endpoints=_endpoints(control.request.app))


def _endpoints(app: web.Application) -> list[dict[str, str]]:
    """Return method and path of everything that LINE would answer, for choosing where a fault strikes."""
    found = {
        (route.method, route.resource.canonical)
        for route in app.router.routes()
        if route.resource is not None
        and route.resource.canonical.startswith(("/v2/", "/oauth2/"))
        and route.method not in ("HEAD", "*")
    }
    return [{"method": method, "path": path} for method, path in sorted(found, key=lambda pair: pair[::-1])]


async def qr_code(request: web.Request) -> web.Response:
    """Return the code on the account's poster: it leads to this sandbox's own phone page, never to LINE."""
    channel = Control(request, {}).world.channels.get(request.match_info["channel_id"])
    if channel is None:
        raise web.HTTPNotFound
    address = f"{request.scheme}://{request.host}/phone/{channel.channel_id}"
    image = io.BytesIO()
    segno.make(address, error="m").save(image, kind="svg", scale=4, border=1, dark=QR_COLOUR, svgclass=None)
    return web.Response(body=image.getvalue(), content_type="image/svg+xml")
