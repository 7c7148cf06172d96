"""HubSpot's screens, as far as its user needs them: records, lists, workflows, inbox, connected apps, consent."""

from __future__ import annotations

from aiohttp import web

from sandbox.pages.hubspot import authorize, inbox, inbox_settings, lists, records, settings, workflows


def add_routes(app: web.Application) -> None:
    """Serve the screens."""
    for room in (settings, authorize, records, lists, workflows, inbox, inbox_settings):
        room.add_routes(app)
