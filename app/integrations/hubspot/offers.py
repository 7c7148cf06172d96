"""The properties of HubSpot that may be synced, in HubSpot's groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.db import released
from app.core.i18n import _
from app.integrations.hubspot.gateway import properties as remote
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.objects import CONTACTS
from app.integrations.hubspot.properties import as_remote_field, company_fields, contact_properties
from app.integrations.hubspot.sync_data import type_label
from app.integrations.shared.mappings import RemoteField, mappings_of
from app.integrations.shared.models import Integration


@dataclass(frozen=True)
class PropertyOffer:
    """A property; `is_taken`: it is synced already."""

    field: RemoteField
    type_label: str
    group: str
    is_taken: bool

    @property
    def key(self) -> str:
        """Return what tells it from the others."""
        return f"{self.field.kind}/{self.field.name}"


@dataclass(frozen=True)
class OfferGroup:
    """A group of HubSpot's with its properties."""

    label: str
    offers: Sequence[PropertyOffer]


def offered_groups(connection: Integration, access: Access) -> list[OfferGroup]:
    """Return the groups, the company's name first. Commits the transaction; raises RetryLater, PermanentFailure."""
    taken = {(one.record_kind, one.remote_name) for one in mappings_of(connection.id)}
    with released():
        groups = HubSpotClient(access).call(remote.list_groups(CONTACTS))
    own = [(one.group, as_remote_field(one)) for one in contact_properties(access)]
    company = _("Company of the contact")
    offers = [_offer(field, company, taken) for field in company_fields(access)]
    offers += [_offer(field, groups.get(group, group), taken) for group, field in own]
    by_label: dict[str, list[PropertyOffer]] = {}
    for one in offers:
        by_label.setdefault(one.group, []).append(one)
    return [
        OfferGroup(label, sorted(of_group, key=lambda one: one.field.label)) for label, of_group in by_label.items()
    ]


def _offer(field: RemoteField, group: str, taken: set[tuple[str, str]]) -> PropertyOffer:
    return PropertyOffer(field, type_label(field.type, field.field_type), group, (field.kind, field.name) in taken)
