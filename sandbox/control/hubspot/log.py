"""What was called and how often, and what was sent to apps."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from sandbox.control.hubspot.finding import ROOT, hubspot
from sandbox.control.plumbing import Control, control_route


def add_routes(app: web.Application) -> None:
    """Serve the logs and counters."""
    control_route(app, "GET", f"{ROOT}/requests", requests)
    control_route(app, "DELETE", f"{ROOT}/requests", forget)
    control_route(app, "GET", f"{ROOT}/rates", rates)
    control_route(app, "DELETE", f"{ROOT}/rates", restart)
    control_route(app, "GET", f"{ROOT}/sent", sent)


async def requests(control: Control) -> dict[str, Any]:
    """Return the calls after entry `after`, of one `portal_id` if given."""
    log = hubspot(control).log
    return {
        "requests": log.since(control.number("after", 0), control.request.query.get("portal_id")),
        "total": log.total,
    }


async def forget(control: Control) -> dict[str, Any]:
    hubspot(control).log.forget()
    return {"forgotten": True}


async def rates(control: Control) -> dict[str, Any]:
    return {"rates": hubspot(control).rates.report()}


async def restart(control: Control) -> dict[str, Any]:
    """Restart counting, the day's calls too."""
    hubspot(control).rates.forget()
    return {"reset": True}


async def sent(control: Control) -> dict[str, Any]:
    """Return requests to apps after entry `after`, of one `app_id` and one `kind` if given."""
    query = control.request.query
    return {"sent": hubspot(control).sender.since(control.number("after", 0), query.get("app_id"), query.get("kind"))}
