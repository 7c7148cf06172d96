"""The control API: whatever LINE's console, a phone or an unlucky day would do, as JSON over HTTP."""

from aiohttp import web

from sandbox.control import (
    channels,
    clock,
    counters,
    faults,
    friends,
    groups,
    hubspot,
    mail,
    phone,
    rich_menus,
    webhooks,
)


def add_routes(app: web.Application) -> None:
    """Serve everything under /_sandbox/api."""
    for room in (channels, friends, phone, groups, rich_menus, webhooks, mail, faults, clock, counters, hubspot):
        room.add_routes(app)
