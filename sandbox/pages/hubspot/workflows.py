"""Workflow actions: what apps offer, one run for one record, and what became of the runs."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import hubspot, portal
from sandbox.control.plumbing import Control, ControlError
from sandbox.hubspot.drawing import record_id
from sandbox.hubspot.executions import WAITING, object_type, offered
from sandbox.hubspot.state import HubSpotApp
from sandbox.pages.hubspot.common import WORKFLOWS, back, record_path, screen
from sandbox.pages.rendering import page_route

ACTION = f"{WORKFLOWS}/actions/{{definition_id}}"
RUNS = 50
# How long the page waits for the first answer before it shows the run.
PATIENCE_SECONDS = 1.0


def add_routes(app: web.Application) -> None:
    """Serve actions and runs."""
    page_route(app, "GET", WORKFLOWS, overview)
    page_route(app, "GET", ACTION, form)
    page_route(app, "POST", ACTION, run)


async def overview(control: Control) -> web.Response:
    found, world = portal(control), hubspot(control)
    runs = world.executions.of_portal(found.portal_id)[:RUNS]
    for entry in runs:
        action = (
            world.apps[entry["app_id"]].actions.get(entry["definition_id"]) if entry["app_id"] in world.apps else None
        )
        entry["action"] = name(action) if action else entry["definition_id"]
        entry["path"] = record_path(found, object_type(action) if action else "contacts", entry["record_id"])
    actions = [(app, action, name(action)) for app, action in offered(world, found)]
    return screen(control, "workflows", "workflows", actions=actions, runs=runs)


def name(action: dict[str, Any]) -> str:
    return str((action["labels"].get("en") or {}).get("actionName", action["id"]))


def _chosen(control: Control) -> tuple[HubSpotApp, dict[str, Any]]:
    for app, found in offered(hubspot(control), portal(control)):
        if found["id"] == control.request.match_info["definition_id"]:
            return app, found
    raise ControlError(404, "The portal's workflows offer no such action.")


async def form(control: Control) -> web.Response:
    given = {key: value for key, value in control.request.query.items() if key != "record"}
    return await _form(control, control.request.query.get("record", ""), given)


async def _form(
    control: Control, record: str, given: dict[str, str], problem: str = "", status: int = 200
) -> web.Response:
    """Return the fields of an action; choices are fetched from the app with what is given so far."""
    app, action = _chosen(control)
    labels = action["labels"].get("en") or {}
    fields = []
    for entry in action["inputFields"]:
        kind = entry["typeDefinition"]
        choices, refused = await _choices(control, app, action, kind, given)
        fields.append({
            "name": kind["name"],
            "label": (labels.get("inputFieldLabels") or {}).get(kind["name"], kind.get("label") or kind["name"]),
            "help": (labels.get("inputFieldDescriptions") or {}).get(kind["name"], ""),
            "is_required": entry["isRequired"],
            "is_long": kind.get("fieldType") == "textarea",
            "choices": choices,
            "refused": refused,
            "value": given.get(kind["name"], ""),
        })  # fmt: skip
    return screen(
        control,
        "action",
        "workflows",
        status,
        action=action,
        name=name(action),
        description=labels.get("actionDescription", ""),
        fields=fields,
        record=record,
        has_fetched=any(entry["typeDefinition"].get("optionsUrl") for entry in action["inputFields"]),
        problem=problem,
    )


async def _choices(
    control: Control, app: HubSpotApp, action: dict[str, Any], kind: dict[str, Any], given: dict[str, str]
) -> tuple[list[dict[str, Any]] | None, str]:
    """Return the choices of a field, None for free text, and why they could not be fetched."""
    if not kind.get("optionsUrl"):
        return (kind["options"] if kind["type"] == "enumeration" else None), ""
    sent = await hubspot(control).executions.options(app, portal(control), action, kind["name"], given, "")
    options = sent.json().get("options")
    if not sent.succeeded or not isinstance(options, list):
        return [], f"{sent.status or ''} {sent.reason}".strip()
    return [entry for entry in options if isinstance(entry, dict) and "value" in entry], ""


async def run(control: Control) -> web.Response:
    """Run the action for a record, and show the runs."""
    app, action = _chosen(control)
    world, found = hubspot(control), portal(control)
    names = [entry["typeDefinition"]["name"] for entry in action["inputFields"]]
    given = {key: control.body[key] for key in names if control.body.get(key)}
    number = control.body.get("record", "").strip()
    record = world.book(found, object_type(action)).resolve(record_id(number))
    if control.body.get("act") == "choices":
        return await _form(control, number, given)
    if record is None or not record.is_live:
        return await _form(control, number, given, "There is no such record.", 400)
    if any(entry["isRequired"] and entry["typeDefinition"]["name"] not in given for entry in action["inputFields"]):
        return await _form(control, number, given, "Fill in the fields that are needed.", 400)
    made = world.executions.start(app, found, action, record, given)
    for _ in range(20):
        if made.state != WAITING or made.detail:
            break
        await asyncio.sleep(PATIENCE_SECONDS / 20)
    return back(WORKFLOWS.format(portal_id=found.portal_id))
