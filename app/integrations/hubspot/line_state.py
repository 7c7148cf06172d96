"""Which of the LINE properties an account has at HubSpot, as `IntegrationAccount.properties` keeps it.

An entry is {"name", "is_unique", "problem", "values", "is_off"}: no entry means that the property is not made yet.
"""

from __future__ import annotations

from typing import Any

from app.core import error_messages
from app.core.i18n import _l
from app.integrations.hubspot.line_properties import LINE_PROPERTIES, LineKey
from app.integrations.shared.models import IntegrationAccount

OTHER_TYPE, NOT_UNIQUE = "hubspot.other_type", "hubspot.not_unique"
error_messages.register(
    {
        OTHER_TYPE: _l(
            "HubSpot has a property named %(name)s already, of another type. Rename or delete it in HubSpot, then"
            " check again."
        ),
        NOT_UNIQUE: _l(
            "%(name)s is not unique, since HubSpot allows only ten unique properties: contacts are found by searching"
            " for it, which takes longer."
        ),
    }
)


def line_names(covered: IntegrationAccount) -> dict[LineKey, str]:
    """Return the names of the properties that are written for an account."""
    return {key: entry["name"] for key in LINE_PROPERTIES if _is_written(entry := covered.properties.get(key, {}))}


def is_off(covered: IntegrationAccount, key: LineKey) -> bool:
    """Return whether a member switched the property off."""
    return bool(covered.properties.get(key, {}).get("is_off"))


def is_left(covered: IntegrationAccount) -> bool:
    """Return whether a property that is on was not made yet."""
    entries = (covered.properties.get(key, {}) for key in LINE_PROPERTIES)
    return any(not entry.get("is_off") and not entry.get("name") and not entry.get("problem") for entry in entries)


def _is_written(entry: dict[str, Any]) -> bool:
    is_usable = bool(entry.get("name")) and entry.get("problem") in (None, NOT_UNIQUE)
    return is_usable and not entry.get("is_off")
