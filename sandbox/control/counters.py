"""Counters: how often each endpoint was called, and whether a limit was ever exceeded."""

from typing import Any

from aiohttp import web

from sandbox.control.plumbing import API, Control, control_route


def add_routes(app: web.Application) -> None:
    """Serve the counters."""
    control_route(app, "GET", f"{API}/counters", report)
    control_route(app, "DELETE", f"{API}/counters", reset)


async def report(control: Control) -> dict[str, Any]:
    """Return all counters, or those of one channel (`channel_id`)."""
    return {"counters": control.world.meters.report(control.request.query.get("channel_id"))}


async def reset(control: Control) -> dict[str, Any]:
    """Restart counting, for one channel (`channel_id`) or for all; buckets are full again."""
    control.world.meters.forget(control.request.query.get("channel_id"))
    return {"reset": True}
