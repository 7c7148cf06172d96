"""What a person's phone fetches: links that they open, and the pictures of a chat that they look at."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

from aiohttp import web

from sandbox.control.friends import PATH
from sandbox.control.plumbing import Control, ControlError, control_route
from sandbox.handset import HANDSET, UNREACHABLE, WIDTHS, Visit, imagemap_addresses, pictures_of
from sandbox.liff import opened_by
from sandbox.line import chats
from sandbox.line.taps import note_click


def add_routes(app: web.Application) -> None:
    """Serve visits and looks."""
    control_route(app, "POST", f"{PATH}/{{user_id}}/visits", visit)
    control_route(app, "POST", f"{PATH}/{{user_id}}/looks", look)


async def visit(control: Control) -> dict[str, Any]:
    """Open the link `address` as LINE's browser does, up to its first redirect: `status` and `leads_to`.

    A LIFF address leads to its page at once, which is told who the person is.
    """
    person, address = control.person(), str(control.body["address"])
    if not address.startswith(("http://", "https://")):
        raise ControlError(400, "address: must be a web address")
    known = (control.world, control.channel(), person)
    note_click(control.world, control.channel(), person.user_id, address)
    inside = opened_by(*known, address, control.origin())
    if inside != address:
        return asdict(Visit(None, inside))
    found = await control.request.app[HANDSET].visit(address)
    return asdict(replace(found, leads_to=opened_by(*known, found.leads_to, control.origin())))


async def look(control: Control) -> dict[str, Any]:
    """Look at the newest `messages` of the chat (20): fetch their pictures, imagemaps `width` wide (1040)."""
    person, width = control.person(), int(control.body.get("width", WIDTHS[-1]))
    if width not in WIDTHS:
        raise ControlError(400, f"width: must be one of {', '.join(map(str, WIDTHS))}")
    newest = chats.messages(control.world, control.channel(), person.user_id)
    shown = [message for message, _ in zip(newest, range(int(control.body.get("messages", 20))), strict=False)]
    return {
        "fetched": [
            await _fetch(control, address, may_redirect=address not in imagemap_addresses(message))
            for message in shown
            for address in pictures_of(message, width)
        ]
    }


async def _fetch(control: Control, address: str, *, may_redirect: bool) -> dict[str, Any]:
    try:
        async with control.request.app[HANDSET].media(address, may_redirect=may_redirect) as found:
            size = len(await found.read())
            return {"address": address, "status": found.status, "type": found.content_type, "bytes": size}
    except UNREACHABLE as error:
        return {"address": address, "status": None, "type": type(error).__name__, "bytes": 0}
