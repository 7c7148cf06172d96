"""Contacts and companies as HubSpot's user handles them: create, edit, delete, restore, merge, associate."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import PORTAL, USER, crm, hubspot, portal, record
from sandbox.control.plumbing import Control, ControlError, ControlHandler, control_route
from sandbox.hubspot.crm import BadProperties, Conflict
from sandbox.hubspot.drawing import record_id
from sandbox.hubspot.state import CONTACTS, Record

PATH = f"{PORTAL}/{{object_type:contacts|companies}}"
ONE = f"{PATH}/{{record_id}}"


def add_routes(app: web.Application) -> None:
    """Serve the acts on records."""
    control_route(app, "GET", PATH, listed)
    control_route(app, "POST", PATH, _told(create), 201)
    control_route(app, "GET", ONE, show)
    control_route(app, "PATCH", ONE, _told(update))
    control_route(app, "DELETE", ONE, delete)
    control_route(app, "POST", f"{ONE}/restore", _told(restore))
    control_route(app, "POST", f"{ONE}/erase", erase)
    control_route(app, "POST", f"{ONE}/merge", merge)
    control_route(app, "PUT", f"{ONE}/company", associate)
    control_route(app, "POST", f"{PATH}/touch", touch)


def _told(act: ControlHandler) -> ControlHandler:
    """Turn refusals of values into answers of the control API."""

    async def acted(control: Control) -> Any:
        try:
            return await act(control)
        except BadProperties as error:
            raise ControlError(400, "; ".join(problem.message for problem in error.problems)) from error
        except Conflict as error:
            raise ControlError(409, str(error)) from error

    return acted


def describe(control: Control, found: Record) -> dict[str, Any]:
    """Return a record as it is kept, and for a contact its companies."""
    shown = asdict(found)
    if crm(control).object_type == CONTACTS:
        shown["companies"] = hubspot(control).associations.companies_of(portal(control), found.id)
    return shown


async def listed(control: Control) -> dict[str, Any]:
    """Return live records after the id `after`, at most `limit`."""
    book, limit = crm(control).book, min(control.number("limit", 50), 500)
    records = book.page(control.number("after", 0), limit, archived=False)
    return {"records": [describe(control, found) for found in records[:limit]], "total": book.size()}


async def create(control: Control) -> dict[str, Any]:
    """Make a record out of `properties`."""
    return describe(control, crm(control).create(dict(control.body["properties"]), USER))


async def show(control: Control) -> dict[str, Any]:
    return describe(control, record(control))


async def update(control: Control) -> dict[str, Any]:
    """Change `properties`."""
    found = _live(control)
    return describe(control, crm(control).update(found, dict(control.body["properties"]), USER))


def _live(control: Control) -> Record:
    found = record(control)
    if not found.is_live:
        raise ControlError(409, "The record was deleted or merged.")
    return found


async def delete(control: Control) -> dict[str, Any]:
    found = _live(control)
    crm(control).archive(found, USER)
    return describe(control, found)


async def restore(control: Control) -> dict[str, Any]:
    found = record(control)
    if found.archived_at is None:
        raise ControlError(409, "The record is not deleted.")
    crm(control).restore(found, USER)
    return describe(control, found)


async def erase(control: Control) -> dict[str, Any]:
    """Delete for good, as the law may ask."""
    crm(control).erase(record(control), USER)
    return {"erased": True}


async def merge(control: Control) -> dict[str, Any]:
    """Merge the record `other` into this one."""
    found, other = _live(control), crm(control).book.get(record_id(str(control.body["other"])))
    if other is None or not other.is_live or other.id == found.id:
        raise ControlError(404, "There is no such other record.")
    return describe(control, crm(control).merge(found, other, USER))


async def associate(control: Control) -> dict[str, Any]:
    """Associate a contact with `company`, `primary` if so; or `remove` the association."""
    found, company = _live(control), record_id(str(control.body["company"]))
    associations = hubspot(control).associations
    if control.body.get("remove"):
        associations.remove(portal(control), found.id, company, USER)
    else:
        types = [1] if control.body.get("primary") else []
        associations.add(portal(control), found.id, company, types, USER)
    return describe(control, found)


async def touch(control: Control) -> dict[str, Any]:
    """Change `properties` of all `ids`, or of `count` records after `after`, at one and the same moment."""
    world, book = hubspot(control), crm(control).book
    ids = [int(number) for number in control.body.get("ids", ())]
    if not ids:
        page = book.page(int(control.body.get("after", 0)), int(control.body["count"]), archived=False)
        ids = [found.id for found in page[: int(control.body["count"])]]
    with world.standing():
        for number in ids:
            found = book.get(number)
            if found is not None and found.is_live:
                crm(control).update(found, dict(control.body["properties"]), USER)
    return {"changed": len(ids)}
