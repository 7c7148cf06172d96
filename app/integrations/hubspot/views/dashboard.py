"""The screen Dashboard of a connected HubSpot account."""

from __future__ import annotations

from flask import Response, url_for

from app.core import htmx
from app.integrations.hubspot.queries import portals_for
from app.integrations.hubspot.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("")
@requires(Permission.INTEGRATIONS)
def show() -> Response:
    """Lead to the only HubSpot account, or to the list."""
    found = portals_for(current_actor())
    if len(found) == 1:
        return htmx.go(url_for("hubspot.dashboard", connection_id=found[0].id))
    return htmx.go(url_for("integrations.index"))
