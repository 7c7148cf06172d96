"""Values of a friend's fields: input, storage, and how they are shown in a form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from app.core.i18n import Text, _, _l, day
from app.core.names import UNREADABLE, is_readable, one_line
from app.core.values import dates, emails, numbers, phones
from app.core.values.dates import read_date, stored_date
from app.core.values.emails import read_email
from app.core.values.errors import WrongValue
from app.core.values.numbers import read_number, spelled
from app.core.values.phones import read_phone
from app.friends.models import AttributeDefinition, AttributeKind, FollowStatus

CUSTOM = "attributes."


def _text(limit: int) -> Callable[[str], str | None]:
    def read(typed: str) -> str | None:
        if not is_readable(typed):
            raise WrongValue(str(UNREADABLE))
        plain = one_line(typed)
        if len(plain) > limit:
            raise WrongValue(_("At most %(limit)s characters.", limit=limit))
        return plain or None

    return read


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

    @property
    def help(self) -> Text:
        """Return how what is typed is read; empty where that goes without saying."""
        return HELP.get(self.kind, "")

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
# How values of a kind are read, as the pages say it.
HELP: dict[str, Text] = {
    "email": emails.HELP,
    "tel": phones.HELP,
    AttributeKind.NUMBER: numbers.HELP,
    AttributeKind.DATE: dates.HELP,
}
STANDARD = (
    Field("last_name", _l("Last name"), "text", _text(100)),
    Field("first_name", _l("First name"), "text", _text(100)),
    Field("email", _l("E-mail"), "email", read_email),
    Field("phone", _l("Phone"), "tel", read_phone),
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


def in_words(value: Any) -> str:
    """Return a stored value as people read it, in the reader's language; "" for nothing."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    date = stored_date(value)
    return day(date) if date else as_typed(value)


def as_typed(value: Any) -> str:
    """Return a stored value as it would be typed into a form."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return spelled(value) if isinstance(value, int | float) else str(value)
