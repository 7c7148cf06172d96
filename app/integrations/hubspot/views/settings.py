"""The screen Settings of a connected HubSpot account."""

from __future__ import annotations

from flask import Response

from app.core import htmx
from app.integrations.hubspot.queries import get_integration
from app.integrations.hubspot.views.blueprint import blueprint
from app.integrations.shared.queries import accounts_of
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/<int:connection_id>/settings")
@requires(Permission.INTEGRATIONS)
def settings(connection_id: int) -> Response:
    connection = get_integration(connection_id, current_actor())
    return htmx.render("integrations/hubspot/settings.html", connection=connection, covered=accounts_of(connection.id))
