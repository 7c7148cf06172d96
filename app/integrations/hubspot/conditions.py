"""Properties of conditions that come from HubSpot."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.i18n import _l
from app.integrations.shared.conditions import ServiceWords, properties_of
from app.integrations.shared.models import FieldMapping
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


WORDS = ServiceWords(
    service="hubspot",
    category=Category(_l("HubSpot"), 50),
    integration=_l("HubSpot integration"),
    list=_l("HubSpot list"),
    value=_l("HubSpot property: %(property)s"),
    unavailable=_l("HubSpot is not connected any more. Connect it again under Integrations, or remove this condition."),
    types=type_of,
)


def hubspot_properties(account_id: int) -> Iterator[Property]:
    """Return whether a friend is linked, the lists, and the mapped properties."""
    yield from properties_of(WORDS, account_id)


register(
    hubspot_properties,
    {"hubspot.": _l("This HubSpot property is not in step with friends any more. Remove it or choose another one.")},
)
