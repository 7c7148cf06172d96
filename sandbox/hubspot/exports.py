"""Exports of records as CSV: asked for, made after a moment, downloaded from an address that expires."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.drawing import record_id
from sandbox.hubspot.envelope import DATED, Call, Rules, answer, api_route, error_response
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.state import TYPE_NAMES
from sandbox.hubspot.values import iso
from sandbox.line.envelope import WORLD

ROOTS = (f"/crm/exports/{DATED}/export", "/crm/v3/exports/export")
RULES = Rules(("crm.export",))
FILE = "/hubspot/exports/{task_id}/{seal}"
SECONDS, URL_SECONDS, DAY_SECONDS, MOST_A_DAY = 5.0, 300.0, 86_400.0, 30


@dataclass
class Export:
    """One export of a portal."""

    id: str
    portal_id: str
    seal: str
    wish: dict[str, Any]
    object_type: str
    started_at: float


def add_routes(app: web.Application) -> None:
    """Serve exports."""
    api_route(app, "POST", [f"{root}/async" for root in ROOTS], start, RULES)
    api_route(app, "GET", [f"{root}/async/tasks/{{task_id}}/status" for root in ROOTS], status, RULES)
    api_route(app, "GET", [f"{root}/{{task_id}}" for root in ROOTS], show, RULES)
    app.router.add_get(FILE, download)


async def start(call: Call) -> web.Response:
    """Begin an export of all records (VIEW) or of a list; one at a time, thirty a day."""
    wish, now = call.json(), call.hubspot.clock.now()
    for field in ("exportType", "format", "objectType", "objectProperties"):
        if not wish.get(field):
            raise errors.missing_field(field)
    kind = TYPE_NAMES.get(str(wish["objectType"])) or TYPE_NAMES.get(str(wish["objectType"]).lower())
    if kind is None or wish["exportType"] not in ("VIEW", "LIST"):
        raise errors.invalid("objectType or exportType is unknown.")
    if wish["format"] != "CSV":
        raise errors.invalid("The sandbox exports CSV alone.")
    if wish["exportType"] == "LIST" and str(wish.get("listId")) not in call.portal.lists:
        raise errors.not_found("The list does not exist.")
    mine = [export for export in call.hubspot.exports.values() if export.portal_id == call.portal.portal_id]
    if any(now < export.started_at + SECONDS for export in mine):
        raise HubSpotError(429, "Another export is being made.", "RATE_LIMITS")
    if sum(now < export.started_at + DAY_SECONDS for export in mine) >= MOST_A_DAY:
        raise HubSpotError(429, "The exports of today are used up.", "RATE_LIMITS")
    task_id, seal = f"{call.portal.portal_id}{call.portal.next_id()}", f"{call.hubspot.random.getrandbits(128):032x}"
    call.hubspot.exports[task_id] = Export(task_id, call.portal.portal_id, seal, wish, kind, now)
    return answer({"id": task_id, "links": {}}, 202)


def _found(call: Call) -> Export:
    export = call.hubspot.exports.get(call.parameter("task_id"))
    if export is None or export.portal_id != call.portal.portal_id:
        raise errors.not_found("The export does not exist.")
    return export


async def status(call: Call) -> web.Response:
    export, now = _found(call), call.hubspot.clock.now()
    done = now >= export.started_at + SECONDS
    begun = iso(int(export.started_at * 1000))
    ended = iso(int((export.started_at + SECONDS) * 1000))
    body = {
        "status": "COMPLETE" if done else "PROCESSING",
        "startedAt": begun,
        "requestedAt": begun,
        "completedAt": ended,
    }
    return answer(body | ({"result": f"{call.origin()}/exports/{export.id}/{export.seal}"} if done else {}))


async def show(call: Call) -> web.Response:
    export = _found(call)
    done = call.hubspot.clock.now() >= export.started_at + SECONDS
    moment = iso(int(export.started_at * 1000))
    return answer({
        "id": export.id,
        "exportName": str(export.wish.get("exportName", "")),
        "exportState": "DONE" if done else "PROCESSING",
        "exportType": export.wish["exportType"],
        "objectProperties": export.wish["objectProperties"],
        "objectType": "CONTACT" if export.object_type == "contacts" else "COMPANY",
        "createdAt": moment,
        "updatedAt": moment,
    })  # fmt: skip


async def download(request: web.Request) -> web.StreamResponse:
    """Return the rows to the holder of the address, for five minutes after they were made."""
    hubspot = request.app[WORLD].hubspot
    export = hubspot.exports.get(request.match_info["task_id"])
    if export is None or export.seal != request.match_info["seal"]:
        return error_response(errors.not_found())
    if hubspot.clock.now() >= export.started_at + SECONDS + URL_SECONDS:
        return error_response(HubSpotError(403, "The address has expired."))
    portal = hubspot.portals[export.portal_id]
    book = hubspot.book(portal, export.object_type)
    only = None
    if export.wish["exportType"] == "LIST":
        only = {record_id(number) for number in portal.lists[str(export.wish["listId"])].members}
    response = web.StreamResponse(headers={"Content-Type": "text/csv; charset=utf-8"})
    await response.prepare(request)
    await response.write(_row(["Record ID", *export.wish["objectProperties"]]))
    for record in book.live_after(0):
        if only is None or record.id in only:
            values = [record.properties.get(name, "") for name in export.wish["objectProperties"]]
            await response.write(_row([str(record.id), *values]))
    await response.write_eof()
    return response


def _row(values: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(values)
    return text.getvalue().encode()
