"""HubSpot's screens, as far as its user needs them here: records, lists, workflows, connected apps, consent."""

from __future__ import annotations

from aiohttp import web

from sandbox.pages.hubspot import authorize, lists, records, settings, workflows


def add_routes(app: web.Application) -> None:
    """Serve the screens."""
    for room in (settings, authorize, records, lists, workflows):
        room.add_routes(app)
