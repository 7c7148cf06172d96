"""Properties of conditions that come from HubSpot."""

from __future__ import annotations

from collections.abc import Iterator

from app.core import error_messages
from app.core.i18n import Text, _, _l, when
from app.integrations.hubspot.gateway.scopes import LISTS_READ
from app.integrations.shared.conditions import ServiceWords, properties_of
from app.integrations.shared.models import FieldMapping, Integration, RemoteList
from app.segments.conditions.operators import ValueType
from app.segments.conditions.properties import Category, Property, register

# By HubSpot's type of property; https://developers.hubspot.com/docs/api-reference/crm-properties-v3/guide
_TYPES = {
    "number": ValueType.NUMBER,
    "date": ValueType.DATE,
    "datetime": ValueType.DATE,
    "bool": ValueType.YES_NO,
    "enumeration": ValueType.CHOICE,
}


def type_of(mapping: FieldMapping) -> ValueType:
    """Return what a property of HubSpot holds; check boxes hold several choices at once."""
    if mapping.remote_type == "enumeration" and mapping.remote_field_type == "checkbox":
        return ValueType.SET
    return _TYPES.get(mapping.remote_type, ValueType.TEXT)


def _unknown(integration: Integration, one: RemoteList) -> Text:
    if LISTS_READ not in integration.scopes:
        return _(
            "It is not known who is on the HubSpot list “%(name)s”: HubSpot does not let Tomoru read lists. Approve"
            " again in the settings of HubSpot.",
            name=one.name,
        )
    if one.problem:
        return _(
            "It is not known yet who is on the HubSpot list “%(name)s”. %(why)s It is tried again with the next sync"
            " (%(time)s).",
            name=one.name,
            why=error_messages.sentence(one.problem, one.problem_values),
            time=when(integration.next_sync_at, "minute"),
        )
    return _(
        "It is not known yet who is on the HubSpot list “%(name)s”. It is read as soon as this is saved, at the latest"
        " with the next sync (%(time)s).",
        name=one.name,
        time=when(integration.next_sync_at, "minute"),
    )


def _about_lists(integration: Integration) -> Text | None:
    if LISTS_READ in integration.scopes:
        return _l("A HubSpot list is not a tag: it is kept in HubSpot, and who is on it comes with each sync.")
    return _l(
        "HubSpot does not let Tomoru read lists: who was on a list at the last sync stays. Approve again in the"
        " settings of HubSpot."
    )


WORDS = ServiceWords(
    service="hubspot",
    category=Category(_l("HubSpot"), 50),
    integration=_l("HubSpot integration"),
    list=_l("HubSpot list"),
    value=_l("%(property)s (HubSpot property)"),
    unavailable=_l("HubSpot is not connected any more. Connect it again under Integrations, or remove this condition."),
    unknown=_unknown,
    about_lists=_about_lists,
    types=type_of,
)


def hubspot_properties(account_id: int) -> Iterator[Property]:
    """Return whether a friend is linked, the lists, and the mapped properties."""
    yield from properties_of(WORDS, account_id)


register(
    hubspot_properties,
    {"hubspot.": _l("This HubSpot property is not in step with friends any more. Remove it or choose another one.")},
)
