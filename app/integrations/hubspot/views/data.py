"""The screen Sync Data of a connected HubSpot account."""

from __future__ import annotations

from flask import Response

from app.core import htmx
from app.integrations.hubspot.queries import get_integration
from app.integrations.hubspot.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/<int:connection_id>/data")
@requires(Permission.INTEGRATIONS)
def data(connection_id: int) -> Response:
    connection = get_integration(connection_id, current_actor())
    return htmx.render("integrations/hubspot/data.html", connection=connection)
