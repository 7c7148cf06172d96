"""Workflow actions as HubSpot's user meets them: what is offered, choices of a field, a run for a record."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import PORTAL, hubspot, portal
from sandbox.control.plumbing import Control, ControlError, control_route
from sandbox.hubspot.drawing import record_id
from sandbox.hubspot.executions import object_type, offered
from sandbox.hubspot.state import HubSpotApp

ACTIONS = f"{PORTAL}/actions"
RUNS = f"{PORTAL}/executions"


def add_routes(app: web.Application) -> None:
    """Serve actions and their runs."""
    control_route(app, "GET", ACTIONS, listed)
    control_route(app, "POST", f"{ACTIONS}/{{definition_id}}/options", options)
    control_route(app, "POST", RUNS, run, 201)
    control_route(app, "GET", RUNS, runs)
    control_route(app, "GET", f"{RUNS}/{{callback_id}}", show)


def _chosen(control: Control, definition_id: str) -> tuple[HubSpotApp, dict[str, Any]]:
    for app, found in offered(hubspot(control), portal(control)):
        if found["id"] == definition_id:
            return app, found
    raise ControlError(404, "The portal's workflows offer no such action.")


async def listed(control: Control) -> dict[str, Any]:
    """Return published actions of installed apps; none without a tier that has workflows."""
    return {"actions": [found | {"app_id": app.app_id} for app, found in offered(hubspot(control), portal(control))]}


async def options(control: Control) -> dict[str, Any]:
    """Ask the app for the choices of `field`, with the `inputs` so far and a search text `q`."""
    app, found = _chosen(control, control.request.match_info["definition_id"])
    inputs = {str(name): str(value) for name, value in (control.body.get("inputs") or {}).items()}
    names = [entry["typeDefinition"]["name"] for entry in found["inputFields"]]
    if control.body["field"] not in names:
        raise ControlError(404, "The action has no such field.")
    query = str(control.body.get("q", ""))
    sent = await hubspot(control).executions.options(
        app, portal(control), found, str(control.body["field"]), inputs, query
    )
    return {"status": sent.status, "reason": sent.reason, "answer": sent.json()}


async def run(control: Control) -> dict[str, Any]:
    """Run action `definition_id` on `record_id` with `inputs`; tokens like {{ firstname }} are filled."""
    app, found = _chosen(control, str(control.body["definition_id"]))
    book = hubspot(control).book(portal(control), object_type(found))
    record = book.resolve(record_id(str(control.body["record_id"])))
    if record is None or not record.is_live:
        raise ControlError(404, "There is no such record.")
    inputs = dict(control.body.get("inputs") or {})
    for entry in found["inputFields"]:
        if entry["isRequired"] and not inputs.get(entry["typeDefinition"]["name"]):
            raise ControlError(400, f"{entry['typeDefinition']['name']}: must be given")
    return asdict(hubspot(control).executions.start(app, portal(control), found, record, inputs))


async def runs(control: Control) -> dict[str, Any]:
    return {"executions": hubspot(control).executions.of_portal(portal(control).portal_id)}


async def show(control: Control) -> dict[str, Any]:
    found = hubspot(control).executions.current(control.request.match_info["callback_id"])
    if found is None or found.portal_id != portal(control).portal_id:
        raise ControlError(404, "There is no such run.")
    return asdict(found)
