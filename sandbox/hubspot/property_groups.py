"""Groups of properties."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.envelope import Call, answer
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.properties import property_routes

FIELDS = ("name", "label", "displayOrder")


def add_routes(app: web.Application) -> None:
    """Serve groups; to be added before the single properties, whose paths would take theirs."""
    property_routes(app, "GET", "/groups", listed)
    property_routes(app, "POST", "/groups", create, writes=True)
    property_routes(app, "GET", "/groups/{name}", read)
    property_routes(app, "PATCH", "/groups/{name}", update, writes=True)
    property_routes(app, "DELETE", "/groups/{name}", archive, writes=True)


def groups(call: Call) -> dict[str, dict[str, Any]]:
    return call.portal.groups[call.object_type()]


def _found(call: Call) -> dict[str, Any]:
    name = call.parameter("name")
    if name not in groups(call):
        raise errors.not_found(f"Property group {name} does not exist")
    return groups(call)[name]


async def listed(call: Call) -> web.Response:
    return answer({"results": list(groups(call).values())})


async def create(call: Call) -> web.Response:
    body = call.json(FIELDS)
    for field in ("name", "label"):
        if not body.get(field):
            raise errors.missing_field(field)
    name = str(body["name"])
    if name in groups(call):
        sub = "Properties.PROPERTY_GROUP_WITH_NAME_EXISTS"
        words = f'A property group named "{name}" already exists.'
        raise HubSpotError(409, words, "OBJECT_ALREADY_EXISTS", subCategory=sub)
    order = body.get("displayOrder", -1)
    groups(call)[name] = {"name": name, "label": body["label"], "displayOrder": order, "archived": False}
    call.hubspot.touch()
    return answer(groups(call)[name], 201)


async def read(call: Call) -> web.Response:
    return answer(_found(call))


async def update(call: Call) -> web.Response:
    group = _found(call)
    group.update(call.json(("label", "displayOrder")))
    call.hubspot.touch()
    return answer(group)


async def archive(call: Call) -> web.Response:
    """Delete a group that no property stands in."""
    name = _found(call)["name"]
    entries = call.portal.properties[call.object_type()].values()
    if any(entry["groupName"] == name and not entry["archived"] for entry in entries):
        raise errors.invalid(f"Property group {name} still has properties.")
    del groups(call)[name]
    call.hubspot.touch()
    return answer(status=204)
