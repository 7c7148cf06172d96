"""Lists as HubSpot's user handles them: make, delete, add and remove members, also of active ones."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import PORTAL, hubspot, portal
from sandbox.control.plumbing import Control, ControlError, control_route
from sandbox.hubspot.branches import is_one_of
from sandbox.hubspot.lists import ACTIVE, STATIC
from sandbox.hubspot.state import TYPE_NAMES, ObjectList

PATH = f"{PORTAL}/lists"
ONE = f"{PATH}/{{list_id}}"


def add_routes(app: web.Application) -> None:
    """Serve lists."""
    control_route(app, "GET", PATH, listed)
    control_route(app, "POST", PATH, create, 201)
    control_route(app, "GET", ONE, show)
    control_route(app, "PATCH", ONE, update)
    control_route(app, "DELETE", ONE, delete)
    control_route(app, "POST", f"{ONE}/members", members)


def _found(control: Control) -> ObjectList:
    found = portal(control).lists.get(control.request.match_info["list_id"])
    if found is None:
        raise ControlError(404, "There is no such list.")
    return found


async def described(control: Control, found: ObjectList) -> dict[str, Any]:
    """Return a list with its members as they are now."""
    await hubspot(control).lists.settle(portal(control), found)
    return asdict(found) | {"status": hubspot(control).lists.status(found)}


async def listed(control: Control) -> dict[str, Any]:
    lists = hubspot(control).lists.live(portal(control))
    return {"lists": [await described(control, found) for found in lists]}


async def show(control: Control) -> dict[str, Any]:
    return await described(control, _found(control))


async def create(control: Control) -> dict[str, Any]:
    """Make a list of `name`: static, or active where `property` is one of `values` or `filters` are given."""
    body = control.body
    kind = TYPE_NAMES[str(body.get("object_type", "contacts"))]
    filters = body.get("filters")
    if body.get("property"):
        filters = is_one_of(str(body["property"]), [str(value) for value in body["values"]])
    processing = str(body.get("processing") or (ACTIVE if filters else STATIC))
    made = hubspot(control).lists.make(portal(control), str(body["name"]), kind, processing, filters)
    return await described(control, made)


async def update(control: Control) -> dict[str, Any]:
    """Change `name`, or hold the `told_status` at PROCESSING; null tells the truth again."""
    found, body = _found(control), control.body
    if "name" in body:
        found.name = str(body["name"])
    if "told_status" in body:
        found.told_status = body["told_status"]
    hubspot(control).touch()
    return await described(control, found)


async def delete(control: Control) -> dict[str, Any]:
    found = _found(control)
    found.deleted_at = hubspot(control).now_ms()
    hubspot(control).touch()
    return {"deleted": found.id}


async def members(control: Control) -> dict[str, Any]:
    """Change members by `add` and `remove`; in an active list too, without any change of a record."""
    found, lists = _found(control), hubspot(control).lists
    to_add, missing = lists.known(portal(control), found, [str(number) for number in control.body.get("add", ())])
    to_remove = [str(number) for number in control.body.get("remove", ())]
    if missing:
        raise ControlError(404, f"There is no record {missing[0]}.")
    found.pinned = [number for number in dict.fromkeys([*found.pinned, *to_add]) if number not in to_remove]
    lists.join(portal(control), found, to_add)
    lists.leave(portal(control), found, to_remove)
    return await described(control, found)
