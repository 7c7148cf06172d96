"""The clock and the general state."""

from typing import Any

from aiohttp import web

from sandbox.control.plumbing import API, Control, control_route


def add_routes(app: web.Application) -> None:
    """Serve the clock and a sign of life."""
    control_route(app, "GET", f"{API}/status", status)
    control_route(app, "POST", f"{API}/reset", reset)
    for path in (f"{API}/clock", "/_sandbox/clock"):
        control_route(app, "GET", path, read)
        control_route(app, "POST", path, advance)


async def status(control: Control) -> dict[str, Any]:
    """Answer; the sandbox is ready as soon as it does."""
    world = control.world
    return {
        "ready": True,
        "seed": world.seed,
        "channels": len(world.channels),
        "sequence": world.sequence,
        **await read(control),
    }


async def read(control: Control) -> dict[str, Any]:
    clock = control.world.clock
    return {"now": clock.now(), "iso": clock.iso(), "offset_seconds": clock.offset}


async def advance(control: Control) -> dict[str, Any]:
    """Push the clock forward by `advance_seconds`."""
    control.world.clock.advance(float(control.body["advance_seconds"]))
    control.world.touch()
    return await read(control)


async def reset(control: Control) -> dict[str, Any]:
    """Close all channels, forget faults, counters and logs, and set the clock right."""
    control.world.forget_everything()
    control.sender.forget_everything()
    return await status(control)
