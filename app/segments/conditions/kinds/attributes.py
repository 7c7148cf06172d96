"""Properties for attributes: names, e-mail, phone, company, and the account's custom attributes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import ColumnElement, FromClause, case, func, literal
from sqlalchemy.dialects.postgresql import JSONB

from app.core.i18n import _l
from app.core.values import emails, phones
from app.friends.models import AttributeDefinition, AttributeKind
from app.friends.queries.attributes import attribute_definitions
from app.friends.values import CUSTOM, STANDARD, Field
from app.segments.conditions.operators import ValueType
from app.segments.conditions.properties import Category, Property, register
from app.segments.conditions.sql import (
    DAYS,
    Source,
    Where,
    column,
    date_where,
    is_day,
    number_where,
    phone_where,
    text_where,
    yes_no_where,
)

CATEGORY = Category(_l("Attributes"), 30)
TYPES = {
    AttributeKind.TEXT: ValueType.TEXT,
    AttributeKind.NUMBER: ValueType.NUMBER,
    AttributeKind.DATE: ValueType.DATE,
    AttributeKind.YES_NO: ValueType.YES_NO,
}


def _value(key: str) -> Source:
    return lambda friends: friends.c.attributes[key]


def _text(key: str) -> Source:
    return lambda friends: friends.c.attributes[key].astext


def _number(key: str) -> Source:
    """Select the attribute as a number; NULL where an outside service has stored something else."""

    def source(friends: FromClause) -> ColumnElement[Any]:
        value = _value(key)(friends)
        return case((func.jsonb_typeof(value) == "number", value))

    return source


def _as_json(value: float | bool) -> ColumnElement[Any]:
    return literal(value, JSONB)


def _sorted_by_letter(source: Source) -> Source:
    """Select the date as text with byte order, in which it sorts alike whatever the database's language."""
    return lambda friends: source(friends).collate("C")


def _is_true(key: str) -> Source:
    return lambda friends: func.coalesce(_value(key)(friends) == _as_json(True), False)


def _is_answered(key: str) -> Source:
    return lambda friends: func.coalesce(func.jsonb_typeof(_value(key)(friends)) == "boolean", False)


_WHERES: dict[str, Callable[[str], Where]] = {
    AttributeKind.TEXT: lambda key: text_where(_text(key)),
    AttributeKind.NUMBER: lambda key: number_where(_number(key), _as_json),
    AttributeKind.DATE: lambda key: date_where(_sorted_by_letter(_text(key)), DAYS, is_date=is_day),
    AttributeKind.YES_NO: lambda key: yes_no_where(_is_true(key), _is_answered(key)),
}
_READERS: dict[str, Callable[[str], str]] = {"email": emails.read_part, "phone": phones.read_part}


def _standard(field: Field) -> Property:
    where = phone_where() if field.name == "phone" else text_where(column(field.name), is_searched=True)
    return Property(field.name, CATEGORY, field.label, ValueType.TEXT, where, read=_READERS.get(field.name))


_STANDARD = tuple(map(_standard, STANDARD))


def _custom(definition: AttributeDefinition) -> Property:
    kind = AttributeKind(definition.kind)
    return Property(CUSTOM + definition.key, CATEGORY, definition.label, TYPES[kind], _WHERES[kind](definition.key))


def attribute_properties(account_id: int) -> Iterator[Property]:
    """Return the standard ones, then the account's custom ones in the order that its members chose."""
    yield from _STANDARD
    yield from map(_custom, attribute_definitions(account_id))


register(attribute_properties, {CUSTOM: _l("This attribute was deleted. Remove it or choose another property.")})
