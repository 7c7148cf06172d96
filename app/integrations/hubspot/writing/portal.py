"""What holds for all links that are written together: the portal, its properties, and the mapped fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app.core.db import db
from app.friends.models import ValueSource
from app.friends.values import Field
from app.integrations.hubspot.line_properties import LineKey
from app.integrations.hubspot.line_state import line_names
from app.integrations.hubspot.values import Converter, converters
from app.integrations.shared.fields import synced_fields
from app.integrations.shared.mappings import working_mappings
from app.integrations.shared.models import FieldMapping, Integration, IntegrationAccount
from app.integrations.shared.queries import accounts_of

HUBSPOT = "hubspot"


@dataclass(frozen=True)
class MappedField:
    """A mapped property that may be written, with its converter for an account."""

    mapping_id: int
    remote_name: str
    field: str
    convert: Converter


@dataclass(frozen=True)
class AccountNames:
    """Names of what is written for friends of one account; `user_id` finds contacts where it is unique."""

    line: Mapping[LineKey, str]
    user_id: str | None
    has_unique_user_id: bool
    mapped: tuple[MappedField, ...]


@dataclass(frozen=True)
class PortalView:
    """An integration as it was when its links were claimed."""

    integration_id: int
    portal_id: str
    app_id: str
    # HubSpot's clock minus ours.
    skew: timedelta
    creates_records: bool
    accounts: Mapping[int, AccountNames]
    # Ids of the sources under which this portal's values stand at friends.
    own_sources: frozenset[int]


def read_portal(integration: Integration, app_id: str) -> PortalView:
    """Read what holds for the integration now."""
    writable = [
        one for one in working_mappings(integration.id) if not one.is_read_only and one.record_kind == "contact"
    ]
    known = synced_fields(integration.id)
    return PortalView(
        integration.id,
        integration.remote_id,
        app_id,
        timedelta(seconds=integration.clock_skew),
        integration.creates_records,
        {one.account_id: _names(one, writable, known[one.account_id]) for one, _account in accounts_of(integration.id)},
        _own_sources(integration.remote_id),
    )


def _names(covered: IntegrationAccount, writable: list[FieldMapping], known: Mapping[str, Field]) -> AccountNames:
    of_field = converters(writable, known)
    names = line_names(covered)
    user_id = covered.properties.get(LineKey.USER_ID, {})
    return AccountNames(
        names,
        names.get(LineKey.USER_ID),
        bool(user_id.get("is_unique")),
        tuple(
            MappedField(one.id, one.remote_name, one.field, of_field[one.remote_name])
            for one in writable
            if one.remote_name in of_field
        ),
    )


def _own_sources(portal_id: str) -> frozenset[int]:
    query = select(ValueSource.id).where(ValueSource.kind == HUBSPOT, ValueSource.reference == portal_id)
    return frozenset(db.session.scalars(query))
