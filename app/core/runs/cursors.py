"""Cursors of runs: a dataclass of each kind, stored as JSON and checked whenever it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from app.core.error_messages import register
from app.core.errors import PermanentFailure
from app.core.i18n import _l

CursorT = TypeVar("CursorT")
UNREADABLE = "runs.cursor_unreadable"
register({UNREADABLE: _l("Where it stood cannot be read any more, so it cannot go on. Start it again.")})


@dataclass(frozen=True)
class NoCursor:
    """Cursor for kinds whose slices find out by themselves what is left."""


_adapters: dict[type, TypeAdapter[Any]] = {}


def _adapter(kind: type) -> TypeAdapter[Any]:
    if kind not in _adapters:
        _adapters[kind] = TypeAdapter(kind)
    return _adapters[kind]


def read(kind: type[CursorT], stored: Mapping[str, Any]) -> CursorT:
    """Return the stored cursor; unknown names are ignored. Raises PermanentFailure when a value does not fit."""
    try:
        cursor: CursorT = _adapter(kind).validate_json(json.dumps(stored), strict=True)
    except ValidationError as error:
        raise PermanentFailure(UNREADABLE) from error
    return cursor


def write(cursor: Any) -> dict[str, Any]:
    """Return a cursor as it is stored."""
    stored: dict[str, Any] = _adapter(type(cursor)).dump_python(cursor, mode="json")
    return stored
