"""Personal values that stand on friends: the name from LINE, and attributes that the team knows."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, func, literal, select

from app.core.db import db
from app.core.i18n import _l
from app.core.names import one_line
from app.friends.models import AttributeKind, Friend
from app.friends.names import full_name
from app.friends.queries.attributes import attribute_definitions
from app.friends.values import CUSTOM, STANDARD
from app.messages.content.personal_values import SOURCES, PersonalSource, PersonalValueType
from app.messages.content.spelling import spelled_value

LINE, ATTRIBUTES = _l("LINE"), _l("Attributes")
# Looked at in one walk through the friends; the length of a text is put before it, so that the longest is the greatest.
_LENGTH_DIGITS = 7
_BUILT_IN = (
    PersonalValueType("display_name", _l("Display name"), LINE, longest="W" * 20),
    *(PersonalValueType(one.name, one.label, ATTRIBUTES) for one in STANDARD),
    PersonalValueType("full_name", _l("Full name"), ATTRIBUTES),
)
_COLUMNS = {
    **{name: (getattr(Friend, name),) for name in ("display_name", *(one.name for one in STANDARD))},
    "full_name": (Friend.first_name, Friend.last_name),
}


def _types(account_id: int) -> Iterator[PersonalValueType]:
    yield from _BUILT_IN
    for one in attribute_definitions(account_id):
        yield PersonalValueType(CUSTOM + one.key, one.label, ATTRIBUTES)


def _values(account_id: int, friend_ids: Collection[int], names: Collection[str]) -> Mapping[int, Mapping[str, str]]:
    columns = {column.key: column for name in names for column in _COLUMNS.get(name, (Friend.attributes,))}
    chosen = select(Friend.id, *columns.values()).where(Friend.id.in_(friend_ids), Friend.account_id == account_id)
    kinds = _kinds(account_id, names)
    found = {}
    for row in db.session.execute(chosen):
        texts = {name: _text(row, name, kinds) for name in names}
        found[row.id] = {name: text for name, text in texts.items() if text}
    return found


def _text(row: Any, name: str, kinds: Mapping[str, str]) -> str:
    if name == "full_name":
        return full_name(row.first_name, row.last_name)
    if name in _COLUMNS:
        return one_line(getattr(row, name) or "")
    key = name.removeprefix(CUSTOM)
    return spelled_value(row.attributes.get(key), kinds.get(key, AttributeKind.TEXT))


def _kinds(account_id: int, names: Collection[str]) -> dict[str, str]:
    if not any(name.startswith(CUSTOM) for name in names):
        return {}
    return {one.key: one.kind for one in attribute_definitions(account_id)}


def _longest(account_id: int, names: Collection[str]) -> Mapping[str, str]:
    """Return the longest stored texts, in bytes of UTF-8, since those are what an address grows by."""
    kinds = _kinds(account_id, names)
    found = [_stored(name) for name in names]
    greatest = [func.max(_with_length(value).collate("C")) for value in found]
    row = db.session.execute(select(*greatest).where(Friend.account_id == account_id)).one()
    texts = {}
    for name, value in zip(names, row, strict=True):
        text = value[_LENGTH_DIGITS:] if value else ""
        texts[name] = _as_shown(text, kinds.get(name.removeprefix(CUSTOM)))
    return texts


def _stored(name: str) -> ColumnElement[Any]:
    if name == "full_name":
        return func.concat_ws(" ", Friend.first_name, Friend.last_name)
    if name in _COLUMNS:
        return getattr(Friend, name)  # type: ignore[no-any-return]
    return func.jsonb_extract_path_text(Friend.attributes, literal(name.removeprefix(CUSTOM), Text))


def _with_length(value: ColumnElement[Any]) -> ColumnElement[Any]:
    return func.lpad(func.octet_length(value).cast(Text), _LENGTH_DIGITS, "0").concat(value)


def _as_shown(text: str, kind: str | None) -> str:
    """Spell what the database gave as text; numbers and answers are stored as JSON."""
    if kind == AttributeKind.YES_NO and text:
        return max((spelled_value(one, kind) for one in (True, False)), key=len)
    if kind == AttributeKind.NUMBER and text:
        return spelled_value(float(text), kind)
    return spelled_value(text or None, kind or AttributeKind.TEXT)


SOURCES.add("friends", PersonalSource(_types, _values, _longest))
