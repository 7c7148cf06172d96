"""The orders in which friends are listed, the key with which a page says where it begins, and paging by that key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, cast, literal, literal_column, tuple_
from sqlalchemy.types import DateTime, Text

from app.core.errors import InvalidInput
from app.core.i18n import Text as Label
from app.core.i18n import _l
from app.core.pages import Page, decode_key, encode_key
from app.friends.models import ACTIVE, ADDED

_TIME = DateTime(timezone=True)


def by_time(value: Any) -> ColumnElement[Any]:
    """A time of a key; none is older than all. Raises ValueError for what is no time."""
    return cast(literal("-infinity" if value is None else datetime.fromisoformat(value).isoformat(), Text), _TIME)


def by_name(value: Any) -> ColumnElement[Any]:
    """A name of a key, already folded."""
    return literal(str(value), Text(collation="C"))


def by_number(value: Any) -> ColumnElement[Any]:
    """A number of a key; raises ValueError for what is none."""
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
        """Where a row stands."""
        value = getattr(row, self.column)
        return encode_key(value.isoformat() if isinstance(value, datetime) else value, row.id)

    def beyond(self, key: str, backwards: bool = False) -> ColumnElement[bool]:
        """Only rows after this key (before it, when going backwards); raises InvalidInput for an invented key."""
        value, row_id = decode_key(key, 2)
        try:
            edge = tuple_(self.read(value), literal(int(row_id)))
        except (TypeError, ValueError) as error:
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


ORDERS = {
    order.name: order
    for order in (
        Order("newest", _l("Newest friends first"), "followed_at", ADDED, by_time, descending=True),
        Order("oldest", _l("Oldest friends first"), "followed_at", ADDED, by_time),
        Order("name", _l("By name"), "name_sort", "name_sort", by_name),
        Order("active", _l("Last active first"), "last_activity_at", ACTIVE, by_time, descending=True),
    )
}
