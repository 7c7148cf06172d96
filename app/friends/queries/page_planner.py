"""Find one page of the friends who fit a filter, at the same cost whether three of a million fit or half of them.

Two ways lead there. Walking the order's index and testing each row is quick where many fit; collecting all who fit
through the indexes of what is searched, and sorting them, is quick where few do. PostgreSQL's statistics say where few
do. Else a few rows are tried first, at both ends since new friends often differ from old ones; and either way may give
up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, Select, func, select
from sqlalchemy.orm import undefer

from app.core.db import db
from app.core.db.explain import plan_of
from app.core.pages import Order
from app.friends.models import Friend
from app.friends.queries.filter_sql import FRIENDS, Condition

# Rows walked at first, rows tried at the other end, and rows walked before collecting is the better bet.
SOME, FEW, MANY = 1_000, 500, 20_000
# Friends collected before walking is, and as many as are expected where they are collected at once.
ENOUGH, RARE = 5_000, 1_500


class Narrowing(Protocol):
    """A filter as SQL in two forms: `tests` examines single rows, `indexed` may use every index."""

    @property
    def is_empty(self) -> bool:
        """Return whether the filter has no conditions, so that all friends fit."""

    @property
    def status(self) -> str | None:
        """Return the follow status that all fitting friends share, if that is known."""

    @property
    def columns(self) -> Sequence[ColumnElement[Any]]:
        """Return the columns that tests read; every further column of a subquery costs planning time."""

    def tests(self, rows: FromClause) -> list[Condition]:
        """Return conditions on a subquery of friends that has these columns."""

    def indexed(self) -> list[Condition]:
        """Return conditions on the table of friends."""


@dataclass(frozen=True)
class Search:
    """The request for a page: the first `limit` fitting friends of an account `beyond` a key, in this order."""

    wanted: Narrowing
    order: Order
    mine: Condition
    beyond: Sequence[Condition]
    backwards: bool
    limit: int

    def find(self) -> Sequence[Friend]:
        """Return the friends in their order."""
        if self.wanted.is_empty:
            query = self._friends().where(self.mine, *self.beyond).order_by(*self.order.sorting(self.backwards))
            return db.session.scalars(query.limit(self.limit)).all()
        if plan_of(select(FRIENDS.c.id).where(*self._fits)).rows <= RARE:
            return self._find_among_few()
        found = self._walk(SOME)
        if len(found) == self.limit:
            return found
        is_worth_walking = self._are_many(len(found), SOME) or self._are_many(self._count_among_oldest(), FEW)
        return self._find_among_many() if is_worth_walking else self._find_among_few()

    @cached_property
    def _fits(self) -> Sequence[Condition]:
        return [self.mine, *self.beyond, *self.wanted.indexed()]

    def _are_many(self, fitting: int, tried: int) -> bool:
        """Return whether reading friends in order fills the page with fewer rows than collecting all that fit."""
        return fitting * ENOUGH > self.limit * tried

    def _count_among_oldest(self) -> int:
        rows = select(*self.wanted.columns).where(self.mine).order_by(FRIENDS.c.id).limit(FEW).subquery("oldest")
        query = select(func.count()).select_from(rows).where(*self.wanted.tests(rows))
        return db.session.scalars(query).one()

    def _find_among_many(self) -> Sequence[Friend]:
        found = self._walk(MANY)
        return found if len(found) == self.limit else self._collect()[0]

    def _find_among_few(self) -> Sequence[Friend]:
        found, are_all = self._collect(ENOUGH)
        return found if are_all else self._find_among_many()

    def _walk(self, reach: int) -> Sequence[Friend]:
        """Return the friends who fit among the first rows of the order."""
        rows = self._first_rows(reach)
        fits = select(rows.c.id, rows.c.place).where(*self.wanted.tests(rows))
        page = self._top(fits, rows)
        query = self._friends().join(page, page.c.id == Friend.id)
        return db.session.scalars(query.order_by(*self.order.sorting(self.backwards, page))).all()

    def _collect(self, most: int | None = None) -> tuple[Sequence[Friend], bool]:
        """Return the first friends who fit, and whether all were examined; with `most`, at most so many are."""
        fits = select(FRIENDS.c.id, self.order.place).where(*self._fits)
        fitting = fits.limit(most and most + 1).cte("fitting").prefix_with("MATERIALIZED")
        page = self._top(select(fitting), fitting)
        number = select(func.count()).select_from(fitting).scalar_subquery()
        query = self._friends().add_columns(number).join(page, page.c.id == Friend.id)
        rows = db.session.execute(query.order_by(*self.order.sorting(self.backwards, page))).all()
        return [row[0] for row in rows], not rows or most is None or rows[0][1] <= most

    def _first_rows(self, reach: int) -> FromClause:
        """Select the first rows of the order; of one status alone where the index is sorted by status first."""
        is_by_status = self.order.column == "followed_at" and self.wanted.status is not None
        status = [FRIENDS.c.follow_status == self.wanted.status] if is_by_status else []
        rows = select(*self.wanted.columns, self.order.place).where(self.mine, *self.beyond, *status)
        return rows.order_by(*self.order.sorting(self.backwards)).limit(reach).subquery("walked")

    def _top(self, fits: Select[Any], found: FromClause) -> FromClause:
        return fits.order_by(*self.order.sorting(self.backwards, found)).limit(self.limit).subquery("page")

    def _friends(self) -> Select[Any]:
        """Return whole friends, with the column that the order's keys are made of."""
        return select(Friend).options(undefer(getattr(Friend, self.order.column)))
