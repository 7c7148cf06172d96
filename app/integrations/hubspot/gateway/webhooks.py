"""Webhooks of the app, by the developer's client: one address for all portals, and what it subscribes to."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.core import lenient_json
from app.core.errors import PermanentFailure
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.developer import DeveloperClient
from app.integrations.hubspot.gateway.requests import HubSpotRequest, nothing

# Requests at once that HubSpot may make; it asks for more than 5.
AT_ONCE = 10


class WebhookSubscription(NamedTuple):
    """An event that the app hears of; a change of a property is subscribed to by the property's name."""

    event_type: str
    property_name: str = ""
    id: str = ""
    is_active: bool = True

    @property
    def key(self) -> tuple[str, str]:
        """Return what makes it different from others."""
        return self.event_type, self.property_name


def target_url(client: DeveloperClient, app_id: str) -> str | None:
    """Return where HubSpot sends events; None when nothing is set."""
    path = paths.webhooks(app_id, "settings")
    try:
        return client.call(HubSpotRequest("GET", path, lambda body: lenient_json.text(body, "targetUrl")))
    except PermanentFailure as error:
        if error.code != "hubspot.not_found":
            raise
        return None


def set_target_url(app_id: str, url: str) -> HubSpotRequest[None]:
    """Tell HubSpot where to send events."""
    body = {"targetUrl": url, "throttling": {"maxConcurrentRequests": AT_ONCE}}
    return HubSpotRequest("PUT", paths.webhooks(app_id, "settings"), nothing, body=body)


def list_subscriptions(app_id: str) -> HubSpotRequest[list[WebhookSubscription]]:
    return HubSpotRequest("GET", paths.webhooks(app_id, "subscriptions"), _read_all)


def subscribe(app_id: str, wanted: WebhookSubscription) -> HubSpotRequest[WebhookSubscription]:
    """Subscribe to an event; one that is subscribed to already is a conflict."""
    body: dict[str, Any] = {"eventType": wanted.event_type, "active": wanted.is_active}
    body |= {"propertyName": wanted.property_name} if wanted.property_name else {}
    return HubSpotRequest("POST", paths.webhooks(app_id, "subscriptions"), read_subscription, body=body)


def activate(app_id: str, subscription_id: str) -> HubSpotRequest[None]:
    path = paths.webhooks(app_id, "subscriptions", subscription_id)
    return HubSpotRequest("PATCH", path, nothing, body={"active": True})


def unsubscribe(app_id: str, subscription_id: str) -> HubSpotRequest[None]:
    return HubSpotRequest("DELETE", paths.webhooks(app_id, "subscriptions", subscription_id), nothing)


def read_subscription(body: Any) -> WebhookSubscription:
    """Read one subscription of an answer."""
    return WebhookSubscription(
        event_type=lenient_json.text(body, "eventType") or "",
        property_name=lenient_json.text(body, "propertyName") or "",
        id=lenient_json.id_text(body, "id"),
        is_active=lenient_json.flag(body, "active"),
    )


def _read_all(body: Any) -> list[WebhookSubscription]:
    return [read_subscription(one) for one in lenient_json.items(body, "results")]
