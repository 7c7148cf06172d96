"""The page of integrations: a card for each service."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core import htmx
from app.integrations.shared.labels import state_label
from app.integrations.shared.models import Integration
from app.integrations.shared.queries import accounts_by_integration, integrations_for
from app.integrations.shared.services import SERVICES
from app.team.permissions import Permission, current_actor, requires

blueprint = Blueprint("integrations", __name__, url_prefix="/integrations")


@blueprint.get("")
@requires(Permission.INTEGRATIONS)
def index() -> Response:
    found = integrations_for(current_actor())
    connections: dict[str, list[Integration]] = {key: [] for key in SERVICES}
    for one in found:
        connections[one.service].append(one)
    return htmx.render(
        "integrations/index.html",
        services=SERVICES.values(),
        connections=connections,
        accounts=accounts_by_integration([one.id for one in found]),
        state_label=state_label,
    )
