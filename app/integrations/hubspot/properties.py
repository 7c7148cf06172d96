"""Make the properties at HubSpot in which Tomoru writes, and take over what HubSpot says of its own.

Both can be done again at any time: what is there is compared, what is missing is made, what was archived comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.db import db, released
from app.core.errors import PermanentFailure
from app.core.i18n import in_language, workspace_language
from app.integrations.hubspot.gateway import properties as remote
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.objects import COMPANIES, CONTACTS
from app.integrations.hubspot.gateway.properties import HubSpotProperty, PropertyOption
from app.integrations.hubspot.gateway.rate import Priority
from app.integrations.hubspot.line_properties import GROUP, GROUP_LABEL, LINE_PROPERTIES, LineProperty
from app.integrations.hubspot.line_state import NOT_UNIQUE, OTHER_TYPE, is_left, is_off
from app.integrations.shared import mappings
from app.integrations.shared.mappings import RemoteField
from app.integrations.shared.models import Integration
from app.integrations.shared.properties import store_properties
from app.integrations.shared.queries import accounts_of

# The company's name, read of the company that a contact is associated with.
COMPANY_NAME = "name"
OBJECT_TYPES = {"contact": CONTACTS, "company": COMPANIES}
# HubSpot has the property and does not let us read it.
KEPT_FROM_US = ("hubspot.missing_scope", "hubspot.forbidden")


def make_line_properties(integration: Integration, access: Access, priority: Priority = Priority.LIVE) -> None:
    """Make the properties that are on for every account, and store what became of each.

    The open transaction is committed first. Raises RetryLater; what HubSpot refuses is stored as a problem.
    """
    covered = [one for one, _account in accounts_of(integration.id)]
    wanted = {
        (one.account_id, each.key): _defined(each, one.number)
        for one in covered
        for each in LINE_PROPERTIES.values()
        if not is_off(one, each.key)
    }
    told = _made(access, list(wanted.values()), priority)
    for one in covered:
        entries = {}
        for each in LINE_PROPERTIES.values():
            definition = wanted.get((one.account_id, each.key))
            stored = one.properties.get(each.key, {})
            entries[each.key.value] = stored if definition is None else _entry(definition, told)
        one.properties = entries
    db.session.flush()


def refresh_mappings(integration: Integration, access: Access, priority: Priority = Priority.LIVE) -> None:
    """Take over what all properties are now, with labels, types and choices, and find mapped ones that are gone."""
    described = {(one.kind, one.name): one for one in remote_fields(access, priority)}
    store_properties(integration.id, described.values())
    mapped = {(one.record_kind, one.remote_name) for one in mappings.mappings_of(integration.id)}
    refused = _refused(access, sorted(mapped - set(described)), priority)
    mappings.refresh(integration, described, refused)


def _refused(
    access: Access, missing: Iterable[tuple[str, str]], priority: Priority
) -> dict[tuple[str, str], PermanentFailure]:
    """Return why HubSpot does not tell of these mapped properties, of those that it keeps from us."""
    found = {}
    with released():
        for kind, name in missing:
            try:
                HubSpotClient(access, priority).call(remote.read(OBJECT_TYPES[kind], name))
            except PermanentFailure as error:
                if error.code in KEPT_FROM_US:
                    found[kind, name] = error
                elif error.code != "hubspot.not_found":
                    raise
    return found


def prepare(integration: Integration, access: Access) -> None:
    """Make what is missing at HubSpot, and let mapped properties stand still that are gone there.

    A sync begins with it: a property that is gone would read as emptied. Raises RetryLater and PermanentFailure.
    """
    refresh_mappings(integration, access, Priority.SYNC)
    if any(is_left(covered) for covered, _account in accounts_of(integration.id)):
        make_line_properties(integration, access, Priority.SYNC)


def remote_fields(access: Access, priority: Priority = Priority.LIVE) -> list[RemoteField]:
    """Return the properties of contacts that may be mapped, and the company's name. Commits the open transaction."""
    return [as_remote_field(one) for one in contact_properties(access, priority)] + company_fields(access, priority)


def contact_properties(access: Access, priority: Priority = Priority.LIVE) -> list[HubSpotProperty]:
    """Return the properties of contacts without those that HubSpot hides or Tomoru writes."""
    with released():
        found = HubSpotClient(access, priority).call(remote.list_all(CONTACTS))
    return [one for one in found if not one.is_hidden and one.group != GROUP]


def as_remote_field(one: HubSpotProperty, kind: str = "contact") -> RemoteField:
    """Return a property as mappings keep it."""
    options = tuple((option.value, option.label) for option in one.options)
    is_read_only = one.is_read_only or one.is_calculated or kind == "company"
    return RemoteField(one.name, one.label, one.type, one.field_type, options, is_read_only, kind)


def company_fields(access: Access, priority: Priority = Priority.LIVE) -> list[RemoteField]:
    """Return the company's name; nothing where HubSpot does not let us read companies."""
    try:
        with released():
            found = HubSpotClient(access, priority).call(remote.read(COMPANIES, COMPANY_NAME))
    except PermanentFailure as error:
        if error.code in (*KEPT_FROM_US, "hubspot.not_found"):
            return []
        raise
    return [as_remote_field(found, "company")]


def _defined(each: LineProperty, number: int) -> HubSpotProperty:
    """Return the definition in the workspace's language, in which the team reads HubSpot."""
    with in_language(workspace_language()):
        return HubSpotProperty(
            each.name(number),
            each.numbered_label(number),
            each.type,
            each.field_type,
            GROUP,
            options=tuple(PropertyOption(value, str(label)) for value, label in each.options),
            description=str(each.about),
            is_unique=each.is_unique,
        )


def _made(
    access: Access, wanted: Iterable[HubSpotProperty], priority: Priority
) -> Mapping[str, HubSpotProperty] | PermanentFailure:
    with in_language(workspace_language()):
        label = str(GROUP_LABEL)
    try:
        with released():
            client = HubSpotClient(access, priority)
            remote.ensure_group(client, CONTACTS, GROUP, label)
            return remote.ensure(client, CONTACTS, list(wanted))
    except PermanentFailure as error:
        return error


def _entry(wanted: HubSpotProperty, told: Mapping[str, HubSpotProperty] | PermanentFailure) -> dict[str, Any]:
    if isinstance(told, PermanentFailure):
        return {"problem": told.code, "values": dict(told.params)}
    found = told[wanted.name]
    entry: dict[str, Any] = {"name": found.name, "is_unique": found.is_unique, "problem": None, "values": {}}
    if not found.fits(wanted):
        entry |= {"problem": OTHER_TYPE, "values": {"name": found.name}}
    elif wanted.is_unique and not found.is_unique:
        entry |= {"problem": NOT_UNIQUE, "values": {"name": found.name}}
    return entry
