"""Open a portal for calls: its access, and the number of the app that makes them."""

from __future__ import annotations

from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.credentials import installed_app
from app.integrations.hubspot.gateway.access import Access
from app.integrations.shared.models import Integration


def open_portal(integration: Integration) -> tuple[Access, str]:
    """Return the portal's access and the app's number, by which HubSpot names who wrote a value.

    Raises PermanentFailure where no app is set up.
    """
    return access_of(integration), installed_app().app_id
