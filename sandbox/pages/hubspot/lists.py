"""Lists: all of them, a new one, one with its members."""

from __future__ import annotations

from itertools import islice
from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import hubspot, portal
from sandbox.control.plumbing import Control, ControlError
from sandbox.hubspot.branches import is_one_of
from sandbox.hubspot.lists import ACTIVE, STATIC
from sandbox.hubspot.state import CONTACTS, ObjectList
from sandbox.pages.hubspot.common import RECORDS, back, cards, screen
from sandbox.pages.rendering import page_route

PATH = f"{RECORDS}/lists"
ONE = f"{PATH}/{{list_id}}"
SHOWN = 100


def add_routes(app: web.Application) -> None:
    """Serve lists."""
    page_route(app, "GET", PATH, listed)
    page_route(app, "POST", PATH, create)
    page_route(app, "GET", ONE, show)
    page_route(app, "POST", ONE, act)


async def listed(control: Control) -> web.Response:
    return await _all(control)


async def _all(control: Control, problem: str = "", status: int = 200) -> web.Response:
    found, lists = portal(control), hubspot(control).lists
    rows = []
    for entry in lists.live(found):
        await lists.settle(found, entry)
        rows.append({"list": entry, "size": len(entry.members), "status": lists.status(entry)})
    chosen = [entry for entry in found.properties[CONTACTS].values() if entry["options"] and not entry["archived"]]
    return screen(control, "lists", "lists", status, rows=rows, properties=chosen, values=control.body, problem=problem)


async def create(control: Control) -> web.Response:
    """Make a static list, or an active one of contacts with one of some values."""
    found, body = portal(control), control.body
    name, condition = body.get("name", "").strip(), body.get("condition", "")
    if not name:
        return await _all(control, "A list needs a name.", 400)
    if any(entry.name == name for entry in hubspot(control).lists.live(found)):
        return await _all(control, "Another list has this name.", 400)
    filters: dict[str, Any] | None = None
    if body.get("kind") == ACTIVE:
        property_name, _, value = condition.partition("=")
        if not value:
            return await _all(control, "An active list needs a condition.", 400)
        filters = is_one_of(property_name, [value])
    made = hubspot(control).lists.make(found, name, CONTACTS, ACTIVE if filters else STATIC, filters)
    return back(f"{control.request.path}/{made.id}")


def _found(control: Control) -> ObjectList:
    found = portal(control).lists.get(control.request.match_info["list_id"])
    if found is None or found.deleted_at is not None:
        raise ControlError(404, "There is no such list.")
    return found


async def show(control: Control) -> web.Response:
    return await _one(control)


async def _one(control: Control, problem: str = "", status: int = 200) -> web.Response:
    found, entry, world = portal(control), _found(control), hubspot(control)
    await world.lists.settle(found, entry)
    numbers = [int(number) for number in islice(reversed(entry.members), SHOWN)]
    return screen(
        control,
        "list",
        "lists",
        status,
        list=entry,
        told=world.lists.status(entry),
        members=cards(world, found, entry.object_type, numbers),
        problem=problem,
    )


async def act(control: Control) -> web.Response:
    """Add or remove a member, hold the state at processing, or delete the list."""
    found, entry, lists = portal(control), _found(control), hubspot(control).lists
    wish, number = control.body.get("act", ""), control.body.get("record", "").strip()
    if wish == "delete":
        entry.deleted_at = hubspot(control).now_ms()
        hubspot(control).touch()
        return back(control.request.path.rpartition("/")[0])
    if wish == "processing":
        entry.told_status = None if entry.told_status else "PROCESSING"
    elif wish == "remove":
        entry.pinned = [member for member in entry.pinned if member != number]
        lists.leave(found, entry, [number])
    elif wish == "add":
        there, _missing = lists.known(found, entry, [number])
        if not there:
            return await _one(control, "There is no such record.", 400)
        entry.pinned = list(dict.fromkeys([*entry.pinned, *there]))
        lists.join(found, entry, there)
    else:
        raise ControlError(400, "There is no such button.")
    hubspot(control).touch()
    return back(control.request.path)
