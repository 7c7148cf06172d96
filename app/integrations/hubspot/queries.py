"""Reads of connected HubSpot accounts."""

from __future__ import annotations

from collections.abc import Sequence

from app.integrations.hubspot.service import HUBSPOT
from app.integrations.shared.models import Integration
from app.integrations.shared.queries import find_integration, integrations_for
from app.team.actors import Actor


def get_integration(integration_id: int, actor: Actor, *, lock: bool = False) -> Integration:
    """Return the connected HubSpot account; raises NotFound unless the actor may see all its LINE accounts."""
    return find_integration(integration_id, HUBSPOT, actor, lock=lock)


def portals_for(actor: Actor) -> Sequence[Integration]:
    """Return the HubSpot accounts that the actor may see, whatever their state."""
    return integrations_for(actor, HUBSPOT)
