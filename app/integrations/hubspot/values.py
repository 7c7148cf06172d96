"""Values between HubSpot and friends: read by the property's type, written by it, and compared in one spelling.

HubSpot sends and takes every value as text; "" is none. Choices of an enumeration are labels for people who look at
a friend and values for HubSpot. A moment becomes the workspace's day where the friend's field is a date.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from app.core import error_messages
from app.core.clock import in_zone
from app.core.i18n import Text, _l, time_zone, zone
from app.core.values import moments, phones
from app.core.values.dates import read_date, stored_date
from app.core.values.errors import WrongValue
from app.core.values.numbers import read_number
from app.friends.models import AttributeKind
from app.friends.values import Field, as_typed
from app.integrations.shared.models import FieldMapping

# Types of HubSpot's properties.
NUMBER, DATE, MOMENT, YES_NO, CHOICE = "number", "date", "datetime", "bool", "enumeration"
# Field types of an enumeration that have a meaning of their own: several choices, and yes or no.
SEVERAL, CHECKBOX = "checkbox", "booleancheckbox"
YES_NO_CHOICES = (("true", "true"), ("false", "false"))
# The longest text that HubSpot takes.
LONGEST = 65_536
_LOCAL: dict[str, Text] = {
    "text": _l("“%(value)s” is too long for this field in Tomoru, or holds characters that cannot be stored."),
    AttributeKind.NUMBER: _l("“%(value)s” is not a number that Tomoru can hold: at most 15 digits, without words."),
    AttributeKind.DATE: _l("“%(value)s” is not a day of the calendar."),
    AttributeKind.YES_NO: _l("“%(value)s” is neither yes nor no."),
    "email": _l("“%(value)s” is not an e-mail address."),
    "tel": _l("“%(value)s” cannot be a phone number."),
}
error_messages.register({f"hubspot.local_{kind}": words for kind, words in _LOCAL.items()})
error_messages.register(
    {
        "hubspot.remote_number": _l("“%(value)s” is not a number, and HubSpot takes nothing else here."),
        "hubspot.remote_date": _l("“%(value)s” is not a day, and HubSpot takes nothing else here."),
        "hubspot.remote_moment": _l("“%(value)s” is not a date with a time, and HubSpot takes nothing else here."),
        "hubspot.remote_choice": _l(
            "“%(value)s” is not among the choices of this property at HubSpot. Add it there, or choose one of them."
        ),
        "hubspot.remote_long": _l("The text is longer than the 65,536 characters that HubSpot holds."),
    }
)


class CannotHold(Exception):
    """One side cannot hold the other's value; `code` and `values` make the sentence."""

    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.code, self.values = code, {"value": value[:200]}


@dataclass(frozen=True)
class Converter:
    """Reads and writes the values of one mapped property for one field of friends."""

    field: Field
    type: str
    field_type: str = ""
    # Choices: (value, label).
    options: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, mapping: FieldMapping, field: Field) -> Converter:
        """Return the converter of a mapping."""
        options = tuple((str(value), str(label)) for value, label in mapping.options)
        return cls(field, mapping.remote_type, mapping.remote_field_type, options)

    def read(self, remote: str | None) -> Any:
        """Return HubSpot's value as a friend's field holds it, None for none; raises CannotHold."""
        if not remote:
            return None
        try:
            return self.field.clean(self._as_typed(remote))
        except WrongValue as error:
            raise CannotHold(f"hubspot.local_{self.field.kind}", remote) from error

    def write(self, value: Any) -> str:
        """Return a friend's value as HubSpot takes it, "" for none; raises CannotHold."""
        typed = as_typed(value)
        if not typed:
            return ""
        if len(typed) > LONGEST:
            raise CannotHold("hubspot.remote_long", typed)
        return _WRITERS.get(self.type, _plain)(self, typed)

    def spelled(self, remote: str | None) -> str:
        """Return a value of HubSpot's in the spelling under which equal values are equal.

        That is how Tomoru would write what its field holds of the value, so that what a field cannot tell apart, such
        as two times of one day, is no difference. A value that the field cannot hold stays as it is.
        """
        try:
            written = self.write(self.read(remote))
        except CannotHold:
            return remote or ""
        if self.field.kind == "tel" and written:
            return phones.normal(written)
        return written.casefold() if self.field.kind == "email" else written

    def ours(self, value: Any) -> str:
        """Return a friend's value in the spelling of `spelled`; raises CannotHold where HubSpot cannot hold it."""
        return self.spelled(self.write(value))

    def _as_typed(self, remote: str) -> str:
        reader = _READERS.get(self.type)
        return reader(self, remote) if reader else remote

    @property
    def _choices(self) -> tuple[tuple[str, str], ...]:
        return self.options or (YES_NO_CHOICES if self.type == YES_NO else ())

    @property
    def _labels(self) -> Mapping[str, str]:
        """Labels by value; values stand for themselves where labels could not be told apart again."""
        labels = [label for _value, label in self._choices]
        is_clear = len(set(labels)) == len(labels) and not any(";" in label for label in labels)
        return dict(self._choices) if is_clear else {value: value for value, _label in self._choices}

    @property
    def _is_yes_no(self) -> bool:
        return self.field.kind == AttributeKind.YES_NO

    @property
    def _is_several(self) -> bool:
        return self.field_type == SEVERAL


def converters(mappings: Iterable[FieldMapping], known: Mapping[str, Field]) -> dict[str, Converter]:
    """Return converters by the property's name for an account's fields; mappings of missing fields are left out."""
    return {one.remote_name: Converter.of(one, known[one.field]) for one in mappings if one.field in known}


def kinds_for(remote_type: str, field_type: str) -> frozenset[str]:
    """Return the kinds of friends' fields that may be kept equal to a property of this type; text holds every value."""
    own: dict[str, set[str]] = {
        NUMBER: {AttributeKind.NUMBER},
        DATE: {AttributeKind.DATE},
        MOMENT: {AttributeKind.DATE},
        YES_NO: {AttributeKind.YES_NO},
        CHOICE: {AttributeKind.YES_NO} if field_type == CHECKBOX else set[str](),
        "phone_number": {"tel"},
        "string": {"email", "tel", AttributeKind.NUMBER, AttributeKind.DATE, AttributeKind.YES_NO},
    }
    return frozenset({"text", *own.get(remote_type, set())})


def moment_written(moment: datetime) -> str:
    """Return a moment as HubSpot writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def told_moment(remote: str) -> datetime | None:
    """Read a moment that HubSpot wrote, as ISO 8601 or as milliseconds; None for anything else."""
    try:
        if remote.lstrip("-").isdigit():
            return datetime.fromtimestamp(int(remote) / 1000, UTC)
        moment = datetime.fromisoformat(remote)
    except (ValueError, OverflowError, OSError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number_read(_self: Converter, remote: str) -> str:
    """Write out an exponent, as in 1.0E7; other texts stay what they are."""
    try:
        number = Decimal(remote)
    except InvalidOperation:
        return remote
    if not number.is_finite() or abs(number.adjusted()) > 30:
        return remote
    plain = format(number, "f")
    return (plain.rstrip("0").rstrip(".") or "0") if "." in plain else plain


def _date_read(_self: Converter, remote: str) -> str:
    """Return the day; milliseconds are those of its midnight in UTC."""
    moment = told_moment(remote)
    return remote if moment is None else moment.astimezone(UTC).date().isoformat()


def _moment_read(self: Converter, remote: str) -> str:
    moment = told_moment(remote)
    local = in_zone(moment, zone()) if moment else None
    if local is None:
        return remote
    if self.field.kind == AttributeKind.DATE:
        return local.date().isoformat()
    return local.strftime("%Y-%m-%d %H:%M:%S" if local.second else "%Y-%m-%d %H:%M")


def _choices_read(self: Converter, remote: str) -> str:
    if self._is_yes_no:
        return remote
    values = [one for one in remote.split(";") if one] if self._is_several else [remote]
    order = {value: place for place, (value, _label) in enumerate(self._choices)}
    labels = self._labels
    return "; ".join(labels.get(one, one) for one in sorted(values, key=lambda one: order.get(one, len(order))))


def _plain(_self: Converter, typed: str) -> str:
    return typed


def _number_written(_self: Converter, typed: str) -> str:
    try:
        return as_typed(read_number(typed))
    except WrongValue as error:
        raise CannotHold("hubspot.remote_number", typed) from error


def _date_written(_self: Converter, typed: str) -> str:
    try:
        return read_date(typed)
    except WrongValue as error:
        raise CannotHold("hubspot.remote_date", typed) from error


def _moment_written(_self: Converter, typed: str) -> str:
    """Return the moment; a day alone begins at the workspace's midnight, or when its clocks begin that day."""
    day = stored_date(typed)
    if day is not None:
        return moment_written(_day_begins(day))
    try:
        return moment_written(moments.read_moment(typed, time_zone(), moments.FIRST))
    except WrongValue as error:
        raise CannotHold("hubspot.remote_moment", typed) from error


def _day_begins(day: date) -> datetime:
    return datetime.combine(day, time(), zone()).astimezone(UTC)


def _choices_written(self: Converter, typed: str) -> str:
    if self._is_yes_no:
        typed = "true" if typed == "yes" else "false"
    values = {label.casefold(): value for value, label in self._labels.items()}
    values |= {value.casefold(): value for value, _label in self._choices}
    wanted = [one.strip() for one in typed.split(";") if one.strip()] if self._is_several else [typed.strip()]
    for one in wanted:
        if one.casefold() not in values:
            raise CannotHold("hubspot.remote_choice", one)
    chosen = {values[one.casefold()] for one in wanted}
    return ";".join(value for value, _label in self._choices if value in chosen)


_READERS: dict[str, Callable[[Converter, str], str]] = {
    NUMBER: _number_read,
    DATE: _date_read,
    MOMENT: _moment_read,
    YES_NO: _choices_read,
    CHOICE: _choices_read,
}
_WRITERS: dict[str, Callable[[Converter, str], str]] = {
    NUMBER: _number_written,
    DATE: _date_written,
    MOMENT: _moment_written,
    YES_NO: _choices_written,
    CHOICE: _choices_written,
}
