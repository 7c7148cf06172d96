"""What a step may write into a property of HubSpot, by the property's type, and what a trigger says of its values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from app.core.clock import in_zone, now
from app.core.i18n import Text, _, _l, day, listed, when, zone
from app.core.values.dates import stored_date
from app.friends.values import STANDARD, as_typed
from app.integrations.hubspot.values import (
    CHECKBOX,
    CHOICE,
    DATE,
    MOMENT,
    NUMBER,
    SEVERAL,
    YES_NO,
    YES_NO_CHOICES,
    Converter,
    moment_written,
    told_moment,
)

SET, TODAY, ANSWER, ADD, REMOVE, CLEAR = "set", "today", "answer", "add", "remove", "clear"


class PropertyKind(StrEnum):
    """How the values of a property are entered."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    YES_NO = "yes_no"
    CHOICE = "choice"
    SEVERAL = "several"


_KEPT = {ANSWER: _l("Store an answer of the friend"), CLEAR: _l("Clear the value")}
_PLAIN: Mapping[str, Text] = {SET: _l("Set a value"), **_KEPT}
CHANGES: Mapping[PropertyKind, Mapping[str, Text]] = {
    **dict.fromkeys(PropertyKind, _PLAIN),
    PropertyKind.DATE: {SET: _l("Set a date"), TODAY: _l("Set the day on which the step runs"), **_KEPT},
    PropertyKind.MOMENT: {SET: _l("Set a date and time"), TODAY: _l("Set the time at which the step runs"), **_KEPT},
    PropertyKind.SEVERAL: {
        SET: _l("Replace all choices"),
        ADD: _l("Add choices to those that are there"),
        REMOVE: _l("Take choices away"),
        **_KEPT,
    },
}
ALL_CHANGES = {name: words for of_kind in CHANGES.values() for name, words in of_kind.items()} | {SET: _PLAIN[SET]}
_KINDS = {
    NUMBER: PropertyKind.NUMBER,
    DATE: PropertyKind.DATE,
    MOMENT: PropertyKind.MOMENT,
    YES_NO: PropertyKind.YES_NO,
    CHOICE: PropertyKind.CHOICE,
}
_FINER = {SEVERAL: PropertyKind.SEVERAL, CHECKBOX: PropertyKind.YES_NO}
_SAID = {"yes": "true", "no": "false"}
# Every value that HubSpot can hold.
_ANY = STANDARD[0]


class Described(Protocol):
    """A property as it was read."""

    type: Any
    field_type: Any
    options: Any


def kind_of(one: Described) -> PropertyKind:
    """Return how values of the property are entered."""
    kind = _KINDS.get(one.type, PropertyKind.TEXT)
    return _FINER.get(one.field_type, kind) if kind == PropertyKind.CHOICE else kind


def choices_of(one: Described) -> list[tuple[str, Text]]:
    """Return the choices of a property as values with labels; none where any value goes."""
    options: list[tuple[str, Text]] = [(str(value), str(label)) for value, label in one.options]
    if kind_of(one) == PropertyKind.YES_NO:
        labels = dict(options)
        return [(value, labels.get(value) or words) for value, words in (("true", _("Yes")), ("false", _("No")))]
    return options if kind_of(one) in (PropertyKind.CHOICE, PropertyKind.SEVERAL) else []


def written(one: Described, change: str, value: Any) -> str:
    """Return what is written as HubSpot takes it; "" for nothing. Raises CannotHold."""
    kind = kind_of(one)
    if change == CLEAR:
        return ""
    if change == TODAY:
        return moment_written(now()) if kind == PropertyKind.MOMENT else _day(now())
    typed = ";".join(map(str, value)) if isinstance(value, list) else as_typed(value).strip()
    if kind == PropertyKind.YES_NO:
        typed = _SAID.get(typed.casefold(), typed)
    options = tuple((str(one_value), str(label)) for one_value, label in one.options)
    options = options or (YES_NO_CHOICES if kind == PropertyKind.YES_NO else ())
    return Converter(_ANY, one.type, one.field_type, options).write(typed)


def told(one: Described, remote: str) -> str:
    """Return a value of HubSpot's in the spelling in which triggers compare: days as year-month-day."""
    kind = kind_of(one)
    if kind in (PropertyKind.DATE, PropertyKind.MOMENT):
        if stored_date(remote):
            return remote
        moment = told_moment(remote)
        return remote if moment is None else _day(moment) if kind == PropertyKind.MOMENT else f"{moment.date()}"
    return remote


def shown(one: Described, remote: str) -> str:
    """Return a value of HubSpot's as people read it; "–" for none."""
    if not remote:
        return "–"
    kind, labels = kind_of(one), dict(choices_of(one))
    if labels:
        values = remote.split(";") if kind == PropertyKind.SEVERAL else [remote]
        return listed([str(labels.get(value, value)) for value in values])
    moment = told_moment(remote) if kind == PropertyKind.MOMENT else None
    if moment is not None:
        return when(moment, "minute")
    date = stored_date(told(one, remote)) if kind == PropertyKind.DATE else None
    return day(date) if date else remote


def _day(moment: datetime) -> str:
    local = in_zone(moment, zone())
    return (local or moment).date().isoformat()


def note_of(one: Described | None, name: str, change: str, value: str) -> dict[str, Any]:
    """Return what the history keeps of a change: the property's label, and the value with labels of choices."""
    about = {"hubspot_property": getattr(one, "label", name), "hubspot_change": change}
    return {**about, "hubspot_value": _noted(one, value) if one else value}


def _noted(one: Described, value: str) -> Any:
    kind, labels = kind_of(one), {key: str(label) for key, label in one.options}
    if not value:
        return None
    if kind == PropertyKind.YES_NO:
        return value == "true"
    if kind == PropertyKind.SEVERAL:
        return [labels.get(part, part) for part in value.split(";")]
    return labels.get(value, value) if kind == PropertyKind.CHOICE else value
