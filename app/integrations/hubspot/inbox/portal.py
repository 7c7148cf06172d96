"""Calls to the portal of a connected inbox, and what HubSpot's refusals mean there."""

from __future__ import annotations

from typing import TypeVar

from app.core.errors import PermanentFailure
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.errors import ABOUT_THE_PORTAL
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.hubspot.inbox.words import PLAN
from app.integrations.shared.models import Integration

T = TypeVar("T")
# Nothing of a portal works until a person changes something.
OF_PORTAL = ABOUT_THE_PORTAL | {PLAN}


def call(integration: Integration, request: HubSpotRequest[T]) -> T:
    """Make one call while a page waits; no transaction may be open. Raises RetryLater and PermanentFailure."""
    try:
        return HubSpotClient(access_of(integration)).call(request)
    except PermanentFailure as error:
        raise meant(error) from error


def meant(error: PermanentFailure) -> PermanentFailure:
    """Return the error with the reason that it has for channels: without the scope it is the plan that lacks them."""
    return PermanentFailure(PLAN) if error.code == "hubspot.forbidden" else error
