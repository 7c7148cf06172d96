"""One page of the friends who fit a filter, at the price of a page, whether half of a million fit or three.

Two ways lead there. Walking the order's index and testing each row is quick where many fit; collecting all who fit
through the indexes of what is searched, and sorting them, is quick where few do. Which it is cannot be known
beforehand, so a few rows are tried first, at both ends since new friends often differ from old ones; and either way
may give up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, Select, func, select
from sqlalchemy.orm import undefer

from app.core.db import db
from app.core.pages import Order
from app.friends.models import Friend
from app.friends.queries.filter_sql import FRIENDS, Condition

# Rows tried at first, and rows walked before collecting is the better bet.
FEW, MANY = 500, 20_000
# Friends collected before walking is.
ENOUGH = 5_000


class Narrowing(Protocol):
    """Who is wanted, as SQL in two forms: `tests` examines single rows, `indexed` may use every index."""

    @property
    def is_empty(self) -> bool:
        """Whether everybody is wanted."""

    @property
    def status(self) -> str | None:
        """The one follow status that all who are wanted have, if that is known."""

    @property
    def columns(self) -> Sequence[ColumnElement[Any]]:
        """What tests look at; every further column of a subquery costs time to describe."""

    def tests(self, rows: FromClause) -> list[Condition]:
        """Conditions on a subquery of friends that has these columns."""

    def indexed(self) -> list[Condition]:
        """Conditions on the table of friends."""


@dataclass(frozen=True)
class Search:
    """What a page is to hold: an account's friends `beyond` a key who fit, the first `limit` of them in this order."""

    wanted: Narrowing
    order: Order
    mine: Condition
    beyond: Sequence[Condition]
    backwards: bool
    limit: int

    def find(self) -> Sequence[Friend]:
        """The friends in their order."""
        if self.wanted.is_empty:
            query = self._friends().where(self.mine, *self.beyond).order_by(*self.order.sorting(self.backwards))
            return db.session.scalars(query.limit(self.limit)).all()
        found = self._walk(FEW)
        if len(found) == self.limit:
            return found
        is_worth_walking = self._are_many(len(found)) or self._are_many(self._count_among_oldest())
        return self._find_among_many() if is_worth_walking else self._find_among_few()

    def _are_many(self, fitting: int) -> bool:
        """Whether, at this rate among a few rows, a walk fills the page before it has seen more than is collected."""
        return fitting * ENOUGH > self.limit * FEW

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
        """Those who fit among the first rows of the order."""
        rows = self._first_rows(reach)
        fits = select(rows.c.id, rows.c.place).where(*self.wanted.tests(rows))
        page = self._top(fits, rows)
        query = self._friends().join(page, page.c.id == Friend.id)
        return db.session.scalars(query.order_by(*self.order.sorting(self.backwards, page))).all()

    def _collect(self, most: int | None = None) -> tuple[Sequence[Friend], bool]:
        """The first of all who fit, and whether it was all: with `most`, no more than so many are looked at."""
        fits = select(FRIENDS.c.id, self.order.place).where(self.mine, *self.beyond, *self.wanted.indexed())
        fitting = fits.limit(most and most + 1).cte("fitting").prefix_with("MATERIALIZED")
        page = self._top(select(fitting), fitting)
        number = select(func.count()).select_from(fitting).scalar_subquery()
        query = self._friends().add_columns(number).join(page, page.c.id == Friend.id)
        rows = db.session.execute(query.order_by(*self.order.sorting(self.backwards, page))).all()
        return [row[0] for row in rows], not rows or most is None or rows[0][1] <= most

    def _first_rows(self, reach: int) -> FromClause:
        """Of one status alone where the index is sorted by status first."""
        is_by_status = self.order.column == "followed_at" and self.wanted.status is not None
        status = [FRIENDS.c.follow_status == self.wanted.status] if is_by_status else []
        rows = select(*self.wanted.columns, self.order.place).where(self.mine, *self.beyond, *status)
        return rows.order_by(*self.order.sorting(self.backwards)).limit(reach).subquery("walked")

    def _top(self, fits: Select[Any], found: FromClause) -> FromClause:
        return fits.order_by(*self.order.sorting(self.backwards, found)).limit(self.limit).subquery("page")

    def _friends(self) -> Select[Any]:
        """Whole friends, with the column that the order's keys are made of."""
        return select(Friend).options(undefer(getattr(Friend, self.order.column)))
