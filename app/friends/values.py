"""Values of a friend's fields: input, storage, and how they are shown in a form."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from email_validator import EmailNotValidError, validate_email

from app.core.i18n import Text, _, _l
from app.core.names import UNREADABLE, is_readable, one_line
from app.friends.models import AttributeDefinition, AttributeKind, FollowStatus

PHONE = re.compile(r"\+?[0-9(][0-9 ()./-]{3,28}")
# What stands before the @ in an address that is stored as it was typed, and how long such an address is at most.
PLAIN_LOCAL = re.compile(r"[a-z0-9_+-]{1,31}(\.[a-z0-9_+-]{1,31})?")
LONGEST_PLAIN = 200
LARGEST_NUMBER = Decimal(10) ** 15
CUSTOM = "attributes."


class WrongValue(ValueError):
    """The typed text is no such value; the message says what would be."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def _text(limit: int) -> Callable[[str], str | None]:
    def read(typed: str) -> str | None:
        if not is_readable(typed):
            raise WrongValue(str(UNREADABLE))
        plain = one_line(typed)
        if len(plain) > limit:
            raise WrongValue(_("At most %(limit)s characters.", limit=limit))
        return plain or None

    return read


def _email(typed: str) -> str:
    """Check a plain address by its domain, which many share; any other address as a whole."""
    local, _at, domain = typed.partition("@")
    try:
        if PLAIN_LOCAL.fullmatch(local) and len(typed) <= LONGEST_PLAIN:
            return f"{local}@{_domain(domain)}"
        return validate_email(typed, check_deliverability=False).normalized
    except EmailNotValidError as error:
        raise WrongValue(_("This is not an e-mail address.")) from error


@lru_cache(maxsize=10_000)
def _domain(typed: str) -> str:
    """Return the domain as it is stored; raises EmailNotValidError. Checking one takes longer than writing a row."""
    return validate_email(f"a@{typed}", check_deliverability=False).domain


def _phone(typed: str) -> str:
    number = unicodedata.normalize("NFKC", typed)
    if not PHONE.fullmatch(number):
        raise WrongValue(_("A phone number has digits, and between them only spaces, hyphens or brackets."))
    return number


def read_number(typed: str) -> int | float:
    """Read a number in any width, with or without thousands separators; raises WrongValue."""
    plain = unicodedata.normalize("NFKC", typed).replace(",", "").replace(" ", "")
    try:
        number = Decimal(plain)
    except InvalidOperation as error:
        raise WrongValue(_("This is not a number.")) from error
    if not number.is_finite() or number.copy_abs() > LARGEST_NUMBER:
        raise WrongValue(_("This number is too large."))
    return int(number) if number == number.to_integral_value() else float(number)


def read_date(typed: str) -> str:
    """Read a date as year-month-day; raises WrongValue."""
    try:
        return date.fromisoformat(unicodedata.normalize("NFKC", typed)).isoformat()
    except ValueError as error:
        raise WrongValue(_("Write the date as year-month-day, for example 2026-04-01.")) from error


def _yes_no(typed: str) -> bool:
    known = {"yes": True, "true": True, "no": False, "false": False}
    if typed.lower() not in known:
        raise WrongValue(_("Choose yes or no."))
    return known[typed.lower()]


@dataclass(frozen=True)
class Field:
    """One editable value of a friend. `name` is a column, or `attributes.` and the key of a custom attribute."""

    name: str
    label: Text
    kind: str
    read: Callable[[str], Any]

    def clean(self, value: Any) -> Any:
        """Return the value as stored (None for nothing); raises WrongValue."""
        typed = as_typed(value).strip()
        return self.read(typed) if typed else None


_READERS: dict[str, Callable[[str], Any]] = {
    AttributeKind.TEXT: _text(1000),
    AttributeKind.NUMBER: read_number,
    AttributeKind.DATE: read_date,
    AttributeKind.YES_NO: _yes_no,
}
STANDARD = (
    Field("last_name", _l("Last name"), "text", _text(100)),
    Field("first_name", _l("First name"), "text", _text(100)),
    Field("email", _l("E-mail"), "email", _email),
    Field("phone", _l("Phone"), "tel", _phone),
    Field("company", _l("Company"), "text", _text(200)),
)
STATUS_LABELS: dict[str, Text] = {
    FollowStatus.FOLLOWING: _l("Following"),
    FollowStatus.BLOCKED: _l("Blocked"),
    FollowStatus.STRANGER: _l("Not a friend"),
}
KIND_LABELS: dict[str, Text] = {
    AttributeKind.TEXT: _l("Text"),
    AttributeKind.NUMBER: _l("Number"),
    AttributeKind.DATE: _l("Date"),
    AttributeKind.YES_NO: _l("Yes or no"),
}


def fields(definitions: Iterable[AttributeDefinition]) -> dict[str, Field]:
    """Return all fields of an account's friends by name: the standard ones, then the custom ones."""
    custom = (Field(CUSTOM + one.key, one.label, one.kind, _READERS[one.kind]) for one in definitions)
    return {field.name: field for field in (*STANDARD, *custom)}


def value_of(friend: Any, name: str) -> Any:
    """Return what is stored under a field's name; None for nothing."""
    if name.startswith(CUSTOM):
        return friend.attributes.get(name.removeprefix(CUSTOM))
    return getattr(friend, name)


def as_typed(value: Any) -> str:
    """Return a stored value as it would be typed into a form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)
