"""Lists paged by key: the next page starts after the last row seen, so that page 10,000 costs what page 1 does."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, FromClause, Select, cast, literal, literal_column, tuple_
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import DateTime, Text

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import Text as Label
from app.core.i18n import _l

Row = TypeVar("Row")
_TIME = DateTime(timezone=True)


# How many rows a page may have; the second is what lists have when the reader chooses none.
SIZES = (25, 50, 100, 200)
USUAL_SIZE = 50
# What lists have whose rows are tall.
TALL_SIZE = 25
LONGEST_SEARCH = 100


def searched(typed: str) -> str:
    """Return what was typed into a search box, as lists look for it."""
    return " ".join(typed.replace("\x00", " ").split())[:LONGEST_SEARCH]


@dataclass(frozen=True)
class TimeOrder:
    """One of the two orders of a list by time."""

    name: str
    label: Label

    @property
    def is_oldest_first(self) -> bool:
        """Return whether time runs down the list."""
        return self.name == "oldest"


TIME_ORDERS = {
    one.name: one for one in (TimeOrder("newest", _l("Newest first")), TimeOrder("oldest", _l("Oldest first")))
}


def time_order(given: Mapping[str, str]) -> TimeOrder:
    """Read the order of a list by time from an address; the newest come first where it names none."""
    return TIME_ORDERS.get(given.get("sort", ""), TIME_ORDERS["newest"])


@dataclass(frozen=True)
class PagePosition:
    """Where in a list a page stands: the key of a neighbouring page's edge, the chosen size (None: the list's own), and
    the number of the first row, which only tells the reader where they are."""

    after: str | None = None
    before: str | None = None
    size: int | None = None
    first: int = 1

    @classmethod
    def asked_by(cls, given: Mapping[str, str], usual: int | None = None) -> PagePosition:
        """Read the place from an address; sizes and numbers that no link has are left out.

        `usual` is the size of pages of this list where it is not USUAL_SIZE.
        """
        after, before = given.get("after") or None, given.get("before") or None
        size = next((one for one in SIZES if str(one) == given.get("size")), usual)
        at = given.get("at", "")
        is_number = at.isascii() and at.isdecimal() and len(at) <= 12
        return cls(after, before, size, max(int(at), 1) if is_number and (after or before) else 1)

    @property
    def keys(self) -> dict[str, Any]:
        """Return what the query of a list takes."""
        return {"after": self.after, "before": self.before, "size": self.size}

    @property
    def chosen(self) -> dict[str, Any]:
        """Return the query parameter of the page size, if the reader chose one; it belongs to all pages of the list."""
        return {"size": self.size} if self.size else {}

    @property
    def args(self) -> dict[str, Any]:
        """Return the query parameters of this very page, beside those of the list."""
        found = {"after": self.after, "before": self.before, "at": self.first if self.first > 1 else None}
        return {name: value for name, value in {**found, "size": self.size}.items() if value}


FIRST_PAGE = PagePosition()


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of rows and the keys of its neighbours (None: there is no such page); `at` where it was asked for."""

    rows: Sequence[Row]
    next: str | None = None
    previous: str | None = None
    at: PagePosition = FIRST_PAGE

    @property
    def first(self) -> int:
        """Return the number of the first row, counted from 1."""
        return self.at.first if self.previous else 1

    @property
    def last(self) -> int:
        """Return the number of the last row."""
        return self.first + len(self.rows) - 1

    @property
    def next_args(self) -> dict[str, Any]:
        """Return the query parameters of the next page, beside those of the list."""
        return PagePosition(after=self.next, size=self.at.size, first=self.last + 1).args

    @property
    def previous_args(self) -> dict[str, Any]:
        """Return the query parameters of the previous page, beside those of the list."""
        first = max(self.first - (self.at.size or USUAL_SIZE), 1)
        return PagePosition(before=self.previous, size=self.at.size, first=first).args


def placed(page: Page[Row], at: PagePosition) -> Page[Row]:
    """Return the page with the place that it was asked for."""
    return replace(page, at=at)


def encode_key(*values: Any) -> str:
    """Pack the sort values of a row into a URL-safe key."""
    return base64.urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def decode_key(key: str, length: int) -> list[Any]:
    """Unpack a key of `length` values; raises InvalidInput when it was made up."""
    try:
        values = json.loads(base64.urlsafe_b64decode(key + "=" * (-len(key) % 4)))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != length or not all(map(_can_be_stored, values)):
        raise InvalidInput(after=_l("This page address is not valid. Start again from the first page."))
    return values


def _can_be_stored(value: Any) -> bool:
    """Return whether PostgreSQL takes the value as text: no null character, no half of a surrogate pair."""
    return not any(character == "\0" or "\ud800" <= character <= "\udfff" for character in str(value))


def by_time(value: Any) -> ColumnElement[Any]:
    """Read a time from a key; none is older than all. Raises ValueError for what is no time."""
    return cast(literal("-infinity" if value is None else datetime.fromisoformat(value).isoformat(), Text), _TIME)


def by_name(value: Any) -> ColumnElement[Any]:
    """Read a name from a key, already folded."""
    return literal(str(value), Text(collation="C"))


def by_number(value: Any) -> ColumnElement[Any]:
    """Read a number from a key; raises ValueError for what is none."""
    return literal(int(value))


@dataclass(frozen=True)
class Order:
    """One way to sort; `column` is what is shown of it, `expression` what the index sorts by."""

    name: str
    label: Label
    column: str
    expression: str
    read: Callable[[Any], ColumnElement[Any]]
    descending: bool = False

    @property
    def place(self) -> ColumnElement[Any]:
        """What is sorted by, as a column named "place" of a query that another one sorts again."""
        return literal_column(self.expression).label("place")

    def sorting(self, backwards: bool = False, found: FromClause | None = None) -> list[ColumnElement[Any]]:
        """For ORDER BY, of friends or of a subquery with `place` and `id`; the id decides between equals."""
        keys = [literal_column(self.expression), literal_column("id")] if found is None else [found.c.place, found.c.id]
        return [key.desc() if self.descending != backwards else key.asc() for key in keys]

    def key_of(self, row: Any) -> str:
        """Return where a row stands."""
        value = getattr(row, self.column)
        return encode_key(value.isoformat() if isinstance(value, datetime) else value, row.id)

    def beyond(self, key: str, backwards: bool = False) -> ColumnElement[bool]:
        """Only rows after this key (before it, when going backwards); raises InvalidInput for an invented key."""
        value, row_id = decode_key(key, 2)
        try:
            edge = tuple_(self.read(value), literal(int(row_id)))
        except (TypeError, ValueError, OverflowError) as error:
            raise InvalidInput(after=_l("This page address is not valid. Start again from the first page.")) from error
        here = tuple_(literal_column(self.expression), literal_column("id"))
        return here < edge if self.descending != backwards else here > edge


def page_by_key(
    fetch: Callable[[list[ColumnElement[bool]], bool, int], Sequence[Any]],
    order: Order,
    after: str | None,
    before: str | None,
    size: int,
) -> Page[Any]:
    """The rows after or before a key, got by `fetch(beyond, backwards, limit)`; one more than a page is a next."""
    edge, backwards = (after, False) if after or not before else (before, True)
    beyond = [order.beyond(edge, backwards)] if edge else []
    found = fetch(beyond, backwards, size + 1)
    rows = found[:size][::-1] if backwards else found[:size]
    has_more, has_less = len(found) > size, edge is not None
    has_next, has_previous = (has_less, has_more) if backwards else (has_more, has_less)
    return Page(
        rows=rows,
        next=order.key_of(rows[-1]) if rows and has_next else None,
        previous=order.key_of(rows[0]) if rows and has_previous else None,
    )


def newest_first(
    query: Select[Row],
    at: InstrumentedAttribute[datetime],
    *,
    after: str | None = "",
    before: str | None = "",
    size: int | None = None,
    oldest: bool = False,
) -> Page[Row]:
    """The rows of a query on one table by time and, for equal times, by id; an index on (at, id) makes any page fast.

    The oldest come first where that is asked for.

    `after` and `before` are keys of earlier pages; raises InvalidInput for a made-up one.
    """
    order = Order(at.key, "", at.key, f'"{at.key}"', _by_known_time, descending=not oldest)

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Any]:
        return db.session.scalars(query.where(*beyond).order_by(*order.sorting(backwards)).limit(limit)).all()

    return page_by_key(fetch, order, after or None, before or None, size or USUAL_SIZE)


def _by_known_time(value: Any) -> ColumnElement[Any]:
    return literal(datetime.fromisoformat(value), _TIME)
