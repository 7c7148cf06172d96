"""The portal itself, and how many properties it may have."""

from __future__ import annotations

from typing import Any, NamedTuple

from app.core import lenient_json
from app.core.errors import RetryLater
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.hubspot.gateway.transport import send

# HubSpot's word for a token that it has issued and that has run out.
EXPIRED = "EXPIRED_AUTHENTICATION"


class PortalDetails(NamedTuple):
    """A portal as HubSpot describes it; `account_type` is HubSpot's word, such as STANDARD or SANDBOX."""

    portal_id: str
    account_type: str
    time_zone: str
    currency: str
    ui_domain: str
    hosting_location: str


class PropertyLimit(NamedTuple):
    """How many custom properties a type of record has and may have."""

    used: int
    most: int


def details() -> HubSpotRequest[PortalDetails]:
    """Read what the portal is."""
    return HubSpotRequest("GET", paths.ACCOUNT, _read_details)


def knows(token: str) -> bool:
    """Return whether HubSpot knows an access token, also one that has run out; True where it does not say."""
    try:
        answer = send("GET", paths.ACCOUNT, access_token=token)
    except RetryLater:
        return True
    return answer.status != 401 or lenient_json.text(answer.body, "category") == EXPIRED


def custom_property_limits() -> HubSpotRequest[dict[str, PropertyLimit]]:
    """Read the limit of each type of record, by its type id such as 0-1."""
    return HubSpotRequest("GET", paths.CUSTOM_PROPERTY_LIMITS, _read_limits)


def _read_details(body: Any) -> PortalDetails:
    names = ("portalId", "accountType", "timeZone", "companyCurrency", "uiDomain", "dataHostingLocation")
    return PortalDetails(*(lenient_json.id_text(body, name) for name in names))


def _read_limits(body: Any) -> dict[str, PropertyLimit]:
    number = lenient_json.number
    return {
        lenient_json.id_text(one, "objectTypeId"): PropertyLimit(number(one, "usage") or 0, number(one, "limit") or 0)
        for one in lenient_json.items(body, "byObjectType")
    }
