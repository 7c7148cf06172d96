"""Connect a HubSpot account: choose LINE accounts, approve at HubSpot, come back."""

from __future__ import annotations

from flask import Response

from app.core import htmx
from app.integrations.hubspot.views.blueprint import blueprint
from app.line.access import visible_accounts
from app.team.permissions import Permission, current_actor, requires


@blueprint.get("/connect")
@requires(Permission.INTEGRATIONS)
def connect() -> Response:
    return htmx.render("integrations/hubspot/connect.html", accounts=visible_accounts(current_actor()))
