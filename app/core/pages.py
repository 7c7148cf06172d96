"""Lists paged by key: the next page starts after the last row seen, so that page 10,000 costs what page 1 does."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _l

Row = TypeVar("Row")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows and the keys of its neighbours (None: there is no such page)."""

    rows: Sequence[Row]
    next: str | None = None
    previous: str | None = None


def encode_key(*values: Any) -> str:
    """Pack the sort values of a row into a URL-safe key."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def decode_key(key: str, length: int) -> list[Any]:
    """Unpack a key of `length` values; raises InvalidInput when somebody made it up."""
    try:
        values = json.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != length:
        raise InvalidInput(after=_l("This page address is not valid. Start again from the first page."))
    return values


def newest_first(
    query: Select[Row],
    at: InstrumentedAttribute[datetime],
    number: InstrumentedAttribute[int],
    *,
    after: str = "",
    before: str = "",
    size: int = 50,
) -> Page[Row]:
    """The rows of `query` by time and, for equal times, by number; an index on (at, number) makes any page fast.

    `after` and `before` are keys of earlier pages; raises InvalidInput for a made-up one.
    """
    columns, key = (at, number), before or after
    if key:
        edge = tuple_(*columns)
        query = query.where(edge > tuple_(*_moment(key)) if before else edge < tuple_(*_moment(key)))
    order = [column.asc() if before else column.desc() for column in columns]
    rows = list(db.session.scalars(query.order_by(*order).limit(size + 1)))
    more, rows = len(rows) > size, rows[:size]
    if before:
        rows.reverse()
    ends = [encode_key(*(getattr(row, column.key) for column in columns)) for row in rows[:1] + rows[-1:]]
    has_next, has_previous = (True, more) if before else (more, bool(after))
    return Page(rows, ends[1] if ends and has_next else None, ends[0] if ends and has_previous else None)


def _moment(key: str) -> tuple[datetime, int]:
    at, number = decode_key(key, 2)
    try:
        return datetime.fromisoformat(at), int(number)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(after=_l("This page address is not valid. Start again from the first page.")) from error
