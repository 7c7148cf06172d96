"""Webhooks of an app: what waits, letting go, any events by hand."""

from __future__ import annotations

import asyncio
from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import APP, hubspot, hubspot_app
from sandbox.control.plumbing import Control, ControlError, control_route

LONGEST_WAIT = 30.0
LOOK_SECONDS = 0.02


def add_routes(app: web.Application) -> None:
    """Serve the hand tools."""
    control_route(app, "POST", f"{APP}/webhooks", send)
    control_route(app, "POST", f"{APP}/webhooks/release", release)
    control_route(app, "POST", f"{APP}/webhooks/wait", wait)


async def send(control: Control) -> dict[str, Any]:
    """Send `events` as they are, as of a portal that the app does not know."""
    found, events = hubspot_app(control), list(control.body["events"])
    if not found.webhooks.target_url:
        raise ControlError(409, "The app has no address for webhooks.")
    hubspot(control).events.deliveries.send(found, events)
    return {"sent": len(events)}


async def release(control: Control) -> dict[str, Any]:
    """Let go what `webhooks.hold` held back; holding goes on."""
    return {"released": hubspot(control).events.deliveries.release(hubspot_app(control))}


async def wait(control: Control) -> dict[str, Any]:
    """Wait until nothing is on the way, for `wait` seconds (default 10)."""
    found, left = hubspot_app(control), min(float(control.body.get("wait", 10)), LONGEST_WAIT)
    await asyncio.sleep(LOOK_SECONDS)
    while left > 0 and not hubspot(control).events.deliveries.is_idle(found):
        await asyncio.sleep(LOOK_SECONDS)
        left -= LOOK_SECONDS
    return {"idle": hubspot(control).events.deliveries.is_idle(found)}
