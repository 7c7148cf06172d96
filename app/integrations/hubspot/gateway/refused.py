"""What HubSpot refuses of single records, in sentences of our own: HubSpot's words are English and change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from app.core import error_messages
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _l
from app.integrations.hubspot.gateway.bad_values import BadValue
from app.integrations.hubspot.gateway.batches import BatchFailure
from app.integrations.hubspot.gateway.scopes import UNNAMED

ADDRESS_TAKEN, VALUE_TAKEN = "hubspot.address_taken", "hubspot.value_taken"
PROPERTY_GONE, REQUIRED, BUSY = "hubspot.property_gone", "hubspot.required_property", "hubspot.record_busy"
error_messages.register(
    {
        ADDRESS_TAKEN: _l(
            "Another contact in HubSpot has this e-mail address already: %(contact)s. Two contacts cannot share one."
            " Change the address on one side, or merge the two contacts in HubSpot."
        ),
        VALUE_TAKEN: _l("Another contact in HubSpot has this value already, and there only one can have it."),
        PROPERTY_GONE: _l("The property does not exist in HubSpot any more."),
        REQUIRED: _l(
            "A rule in HubSpot demands a value of %(names)s for every change. Fill it in at the contact, or relax the"
            " rule."
        ),
        BUSY: _l("HubSpot could not take this contact at the moment."),
        "hubspot.invalid_address": _l("HubSpot does not take this as an e-mail address."),
        "hubspot.no_such_choice": _l("This is none of the choices that the property has in HubSpot."),
        "hubspot.no_number": _l("HubSpot takes only a number here."),
        "hubspot.no_date": _l("HubSpot does not take this as a date."),
        "hubspot.too_long": _l("The value is too long for HubSpot."),
        "hubspot.read_only": _l("HubSpot lets nothing but itself change this property."),
    }
)
# HubSpot's codes for values, as far as they are known.
_CODES = {
    "CONFLICTING_UNIQUE_VALUE": VALUE_TAKEN,
    "INVALID_DATE": "hubspot.no_date",
    "INVALID_DOUBLE": "hubspot.no_number",
    "INVALID_EMAIL": "hubspot.invalid_address",
    "INVALID_INTEGER": "hubspot.no_number",
    "INVALID_LENGTH": "hubspot.too_long",
    "INVALID_LONG": "hubspot.no_number",
    "INVALID_NUMERIC": "hubspot.no_number",
    "INVALID_OPTION": "hubspot.no_such_choice",
    "PROPERTY_DOESNT_EXIST": PROPERTY_GONE,
    "READ_ONLY_VALUE": "hubspot.read_only",
    "VALUE_TOO_LONG": "hubspot.too_long",
}
# Refused for what is in the record or who asks: the same again would be refused as well.
_FINAL = frozenset({"VALIDATION_ERROR", "INVALID_PARAMS", "BANNED", "FORBIDDEN", "OBJECT_ALREADY_EXISTS"})
# HubSpot names the contact that has the address already.
_EXISTING = re.compile(r"Existing ID:\s*(\d+)")
# So long for a contact that HubSpot could not take, at least.
BUSY_SECONDS = 10.0


class RefusedValue(NamedTuple):
    """Why HubSpot does not take a value: a code of the error messages, with its values."""

    code: str
    values: Mapping[str, str]


def why_refused(value: BadValue) -> RefusedValue:
    """Return why HubSpot refuses a value; what is not known is said with HubSpot's own words."""
    if contact := existing_contact(value.message):
        return RefusedValue(ADDRESS_TAKEN, {"contact": contact})
    code = _CODES.get(value.code)
    return RefusedValue(code, {}) if code else unknown_refusal(value.name, value.message)


def unknown_refusal(names: str, message: str) -> RefusedValue:
    """Return the sentence that quotes HubSpot."""
    return RefusedValue("hubspot.bad_values", {"names": names, "message": message})


def existing_contact(message: str) -> str | None:
    """Return the contact that has an address already, if that is what HubSpot says."""
    found = _EXISTING.search(message)
    return found[1] if found else None


def no_answer() -> RetryLater:
    """Return the error for a record of which an answer says nothing."""
    return RetryLater(BUSY, after=BUSY_SECONDS, message="–")


def why_failed(failure: BatchFailure) -> RetryLater | PermanentFailure:
    """Return why HubSpot did not take a record: for good, or for the moment only.

    Only what is known to be about the record is for good. Limits, locks, trouble on HubSpot's side and what it does not
    explain are worth another try.
    """
    if failure.category == "MISSING_SCOPES":
        return PermanentFailure("hubspot.missing_scope", scopes=UNNAMED)
    if contact := existing_contact(failure.message):
        return PermanentFailure(ADDRESS_TAKEN, contact=contact)
    if names := ", ".join(value.name for value in failure.values if value.is_about_another_field):
        return PermanentFailure(REQUIRED, names=names)
    if failure.values:
        code, values = why_refused(failure.values[0])
        return PermanentFailure(code, **values)
    if failure.category in _FINAL:
        return PermanentFailure("hubspot.refused", message=failure.message)
    return RetryLater(BUSY, after=BUSY_SECONDS, message=failure.message)
