"""The sources that a friend's timeline is merged from. A package registers its own instead of copying rows.

A send to ten million friends stays one row of its own package: its source looks up whether this friend was among them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from app.core.registry import Registry
from app.friends.timeline import Line


@dataclass(frozen=True)
class TimelineEntry:
    """One line of the timeline. `number` is the row's id in its source, `member_id` the member behind it."""

    source: str
    number: int
    occurred_at: datetime
    line: Line
    member_id: int | None = None

    @property
    def place(self) -> TimelinePosition:
        """Return the entry's place in the timeline."""
        return TimelinePosition(self.occurred_at, self.source, self.number)


@dataclass(frozen=True, order=True)
class TimelinePosition:
    """A place between entries: time, then for equal times the source's name, then the row's id."""

    occurred_at: datetime
    source: str
    number: int

    def older(
        self, source: str, occurred_at: ColumnElement[datetime], number: ColumnElement[int]
    ) -> ColumnElement[bool]:
        """Return the SQL condition that a row of this source, given by its columns, is below this place."""
        if source > self.source:
            return occurred_at < self.occurred_at
        same = number < self.number if source == self.source else number.is_not(None)
        return and_(occurred_at <= self.occurred_at, or_(occurred_at < self.occurred_at, same))


@dataclass(frozen=True)
class TimelineSource:
    """The entries of one package about a friend.

    `page(friend id, place, limit)` gives entries below the place (None: from the top), by place, the newest first.
    `newer(friend id, number, limit)` gives entries of rows with greater ids, in the same order. `latest(friend id)` is
    the greatest id of a row about the friend, 0 for none.
    """

    name: str
    page: Callable[[int, TimelinePosition | None, int], Sequence[TimelineEntry]]
    newer: Callable[[int, int, int], Sequence[TimelineEntry]]
    latest: Callable[[int], int]


SOURCES: Registry[TimelineSource] = Registry("timeline source")


def register(source: TimelineSource) -> None:
    """Merge this source into every timeline; raises ValueError for a name that is taken."""
    SOURCES.add(source.name, source)


def columns_of(model: Any) -> tuple[ColumnElement[datetime], ColumnElement[int]]:
    """Return `occurred_at` and `id` of a model, as `Place.older` takes them."""
    return model.occurred_at.expression, model.id.expression
