"""Which events the app listens to, told by the developer key or in the files of a project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.integrations.hubspot.credentials import settings
from app.integrations.hubspot.defaults import DEFAULTS
from app.integrations.hubspot.gateway.webhooks import AT_ONCE, WebhookSubscription
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.sync.names import EMAIL, PHONES
from app.integrations.shared.models import FieldMapping
from app.integrations.shared.records import COMPANY, CONTACT
from app.integrations.shared.working import connected_ids

# A company counts once a contact has it; its own associations are those of contacts.
EVENTS: Mapping[str, Sequence[str]] = {
    CONTACT: ("creation", "deletion", "merge", "restore", "associationChange", "privacyDeletion"),
    COMPANY: ("deletion", "merge", "restore"),
}
CHANGE = "propertyChange"
# HubSpot knows it for contacts alone, and in a project it stands apart.
ERASURE = f"{CONTACT}.privacyDeletion"
# What friends are found by, and what every portal begins with.
ALWAYS = ((CONTACT, EMAIL), *((CONTACT, name) for name in PHONES), *((one.kind, one.name) for one, _field in DEFAULTS))


def target_url() -> str:
    """Return our address for webhooks."""
    return f"{settings.public_url}/integrations/hubspot/webhooks"


def wanted_subscriptions() -> list[WebhookSubscription]:
    """Return what the app subscribes to; the properties are those that any connected portal maps."""
    whole = [WebhookSubscription(f"{kind}.{what}") for kind, names in EVENTS.items() for what in names]
    return whole + [WebhookSubscription(f"{kind}.{CHANGE}", name) for kind, name in _watched()]


def component() -> dict[str, Any]:
    """Return the configuration of a project's webhooks, which name the kind of record apart."""
    wanted = wanted_subscriptions()
    return {
        "settings": {"targetUrl": target_url(), "maxConcurrentRequests": AT_ONCE},
        "subscriptions": {
            "crmObjects": [_of_project(one) for one in wanted if one.event_type != ERASURE],
            "hubEvents": [{"subscriptionType": ERASURE, "active": True}],
        },
    }


def _of_project(one: WebhookSubscription) -> dict[str, Any]:
    kind, _dot, what = one.event_type.partition(".")
    named = {"propertyName": one.property_name} if one.property_name else {}
    return {"subscriptionType": f"object.{what}", "objectType": kind, **named, "active": True}


def _watched() -> list[tuple[str, str]]:
    """Return the kind and name of each property whose changes count."""
    mapped = select(FieldMapping.record_kind, FieldMapping.remote_name).where(
        FieldMapping.integration_id.in_(connected_ids(HUBSPOT)), FieldMapping.problem.is_(None)
    )
    return sorted({*ALWAYS, *((row.record_kind, row.remote_name) for row in db.session.execute(mapped))})
