"""All of HubSpot's API that is served."""

from __future__ import annotations

import re

from aiohttp import web

from sandbox.hubspot import (
    account,
    actions,
    association_routes,
    batches,
    callbacks,
    channel_routes,
    exports,
    file_routes,
    journal_routes,
    journal_subscriptions,
    list_routes,
    memberships,
    message_routes,
    oauth,
    objects,
    properties,
    property_groups,
    search,
    webhooks,
)
from sandbox.hubspot.envelope import PREFIX, error_response
from sandbox.hubspot.errors import HubSpotError, invalid

UNKNOWN_TYPE = re.compile(r"/crm/(?:v3/objects|(?:objects|properties)/[0-9-]+|v3/properties)/([^/]+)")
# Of two rooms whose paths overlap, the one with the plainer path comes first.
ROOMS = (
    oauth,
    account,
    property_groups,
    properties,
    batches,
    search,
    objects,
    association_routes,
    memberships,
    list_routes,
    exports,
    webhooks,
    callbacks,
    actions,
    journal_subscriptions,
    journal_routes,
    message_routes,
    channel_routes,
    file_routes,
)


def add_routes(app: web.Application) -> None:
    """Serve HubSpot's API; what it does not know is answered in its words."""
    for room in ROOMS:
        room.add_routes(app)


def add_last_route(app: web.Application) -> None:
    """Answer unknown paths below the prefix; to be added after all others."""
    app.router.add_route("*", PREFIX + "/{path:.*}", nothing_here)


async def nothing_here(request: web.Request) -> web.Response:
    """Answer what is not served; a type of record that is unknown is told apart."""
    if (other := UNKNOWN_TYPE.match(request.path.removeprefix(PREFIX))) is not None:
        return error_response(invalid(f"Unable to infer object type from: {other[1]}"))
    return error_response(HubSpotError(404, "Unable to find the requested resource."))
