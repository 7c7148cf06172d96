"""Apps of developers: open, look at, change, close."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import APP, ROOT, hubspot, hubspot_app
from sandbox.control.plumbing import Control, ControlError, control_route
from sandbox.hubspot.state import HubSpotApp
from sandbox.records import change

SETTINGS = {
    "name", "client_id", "client_secret", "developer_key", "redirect_urls", "required_scopes", "optional_scopes",
    "webhooks",
}  # fmt: skip


def add_routes(app: web.Application) -> None:
    """Serve apps."""
    control_route(app, "GET", f"{ROOT}/apps", listed)
    control_route(app, "POST", f"{ROOT}/apps", create, 201)
    control_route(app, "GET", APP, show)
    control_route(app, "PATCH", APP, update)
    control_route(app, "DELETE", APP, delete)


async def listed(control: Control) -> dict[str, Any]:
    return {"apps": [asdict(found) for found in hubspot(control).apps.values()]}


async def show(control: Control) -> dict[str, Any]:
    return asdict(hubspot_app(control))


async def create(control: Control) -> dict[str, Any]:
    """Register an app; `app_id` and its secrets may be chosen, any setting may be given along."""
    world, body = hubspot(control), dict(control.body)
    app_id = str(body.pop("app_id", "") or 4_000_000 + control.world.next_sequence())
    if app_id in world.apps or not app_id.isdecimal():
        raise ControlError(409, "app_id: must be decimal and not taken")
    made = HubSpotApp(
        app_id, str(body.get("name", "Sandbox app")), str(uuid.uuid4()), str(uuid.uuid4()), secrets.token_hex(16)
    )
    change(made, body, allowed=SETTINGS)
    world.apps[app_id] = made
    world.touch()
    return asdict(made)


async def update(control: Control) -> dict[str, Any]:
    found = hubspot_app(control)
    change(found, control.body, allowed=SETTINGS)
    hubspot(control).touch()
    return asdict(found)


async def delete(control: Control) -> dict[str, Any]:
    """Remove an app, uninstalled everywhere."""
    world, found = hubspot(control), hubspot_app(control)
    for entry in world.grants.of_app(found.app_id):
        world.grants.remove(entry)
    del world.apps[found.app_id]
    world.touch()
    return {"deleted": found.app_id}
