"""What can be read of a portal's inboxes, in a version of its own."""

from __future__ import annotations

from app.core import lenient_json
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.requests import HubSpotRequest


def inbox_name(inbox_id: str) -> HubSpotRequest[str]:
    """Read what an inbox is called."""
    return HubSpotRequest("GET", paths.inboxes("inboxes", inbox_id), lambda body: lenient_json.text(body, "name") or "")


def actor_name(actor_id: str) -> HubSpotRequest[str]:
    """Read what a person of the portal is called, by an id such as A-123."""
    return HubSpotRequest("GET", paths.inboxes("actors", actor_id), lambda body: lenient_json.text(body, "name") or "")
