"""Faults: list, add, remove."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from sandbox.control.plumbing import API, Control, ControlError, control_route


def add_routes(app: web.Application) -> None:
    """Serve the fault rules."""
    control_route(app, "GET", f"{API}/faults", listed)
    control_route(app, "POST", f"{API}/faults", add, 201)
    control_route(app, "DELETE", f"{API}/faults", clear)
    control_route(app, "DELETE", f"{API}/faults/{{fault_id}}", remove)


async def listed(control: Control) -> dict[str, Any]:
    return {"faults": [asdict(fault) for fault in control.world.faults.rules.values()]}


async def add(control: Control) -> dict[str, Any]:
    return asdict(control.world.faults.add(control.body))


async def clear(control: Control) -> dict[str, Any]:
    removed = len(control.world.faults.rules)
    control.world.faults.rules.clear()
    return {"removed": removed}


async def remove(control: Control) -> dict[str, Any]:
    fault = control.world.faults.rules.pop(control.request.match_info["fault_id"], None)
    if fault is None:
        raise ControlError(404, "There is no such fault.")
    return {"removed": 1}
