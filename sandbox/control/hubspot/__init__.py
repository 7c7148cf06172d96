"""The control API of HubSpot: what its screens, its administrators or an unlucky day would do."""

from __future__ import annotations

from aiohttp import web

from sandbox.control.hubspot import apps, inbox, lists, log, portals, records, webhooks, workflows


def add_routes(app: web.Application) -> None:
    """Serve everything under /_sandbox/api/hubspot."""
    for room in (portals, apps, records, lists, webhooks, workflows, inbox, log):
        room.add_routes(app)
