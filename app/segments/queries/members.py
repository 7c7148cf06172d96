"""Friends who fit a definition: one page, a few of them with the reasons, or all in a stream."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, select

from app.core.db import db, tune_for_heavy_query
from app.core.db.cursor import stream
from app.core.db.explain import cheaper
from app.core.pages import Order, Page, page_by_key
from app.friends.models import Friend
from app.friends.queries.filter_sql import FRIENDS, Condition
from app.friends.queries.orders import ORDERS
from app.friends.queries.page_planner import Search
from app.segments.conditions.compiler import Compiled
from app.segments.conditions.definition import Definition
from app.segments.queries.counting import members_query, ways

PAGE_SIZE = 50
# A row has so many columns at most, and a statement so many parameters.
DEFINITIONS_AT_ONCE = 100
NEWEST = ORDERS["newest"]
ADDRESSED = (FRIENDS.c.id, FRIENDS.c.line_user_id)


@dataclass(frozen=True)
class Membership:
    """A definition in the form that the search for friends takes."""

    compiled: Compiled

    is_empty = False
    status = None
    columns = tuple(column for column in FRIENDS.c if column.name not in {"picture_url", "status_message"})

    def tests(self, rows: FromClause) -> list[Condition]:
        """Return conditions for a few rows."""
        return [self.compiled.probing(rows).fits]

    def indexed(self) -> list[Condition]:
        """Return conditions for all friends; several groups are collected by the cheaper plan."""
        if len(self.compiled.included) == 1:
            return self.compiled.indexed(self.compiled.included[0])
        return [FRIENDS.c.id.in_(select(members_query(self.compiled).subquery("fitting").c.id))]


def members_page(
    compiled: Compiled,
    order: Order = NEWEST,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int | None = None,
) -> Page[Friend]:
    """Return a page of the friends who fit; raises InvalidInput for an invented key."""
    membership = Membership(compiled)
    tune_for_heavy_query(db.session.connection())

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Friend]:
        return Search(membership, order, compiled.mine, beyond, backwards, limit).find()

    return page_by_key(fetch, order, after, before, size or PAGE_SIZE)


@dataclass(frozen=True)
class Explanation:
    """Result of a definition for one friend: for each group and each of its conditions whether it holds."""

    friend_id: int
    groups: Sequence[Sequence[bool]]
    definition: Definition

    @property
    def fits(self) -> bool:
        """Return whether the friend fits the definition."""
        return bool(self.fitting) and not self.leaving_out

    @property
    def fitting(self) -> list[int]:
        """Return the groups that let the friend in."""
        return [at for at in self.definition.included if self.holds(at)]

    @property
    def leaving_out(self) -> list[int]:
        """Return the groups that leave the friend out."""
        return [at for at in self.definition.excluded if self.holds(at)]

    def holds(self, at: int) -> bool:
        """Return whether all conditions of the group hold."""
        return bool(self.groups[at]) and all(self.groups[at])


def explain(compiled: Compiled, friend_ids: Sequence[int]) -> dict[int, Explanation]:
    """Return for each of these friends of the account which conditions hold."""
    groups = compiled.probing().groups
    tests = [clause.test for group in groups for clause in group]
    columns = [test.label(f"held_{number}") for number, test in enumerate(tests)]
    query = select(FRIENDS.c.id, *columns).where(compiled.mine, FRIENDS.c.id.in_(friend_ids))
    found = {}
    for row in db.session.execute(query):
        held = iter(row[1:])
        by_group = [[bool(next(held)) for _clause in group] for group in groups]
        found[row.id] = Explanation(row.id, by_group, compiled.definition)
    return found


def fitting_of(compiled: Sequence[Compiled], friend_id: int) -> list[bool]:
    """Return for each of these definitions whether the friend is of its account and fits it now."""
    parts = [compiled[at : at + DEFINITIONS_AT_ONCE] for at in range(0, len(compiled), DEFINITIONS_AT_ONCE)]
    return [held for part in parts for held in _fitting_of(part, friend_id)]


def _fitting_of(compiled: Sequence[Compiled], friend_id: int) -> list[bool]:
    tests = [and_(one.mine, one.probing().fits) for one in compiled]
    columns = [test.label(f"fits_{number}") for number, test in enumerate(tests)]
    row = db.session.execute(select(*columns).select_from(FRIENDS).where(FRIENDS.c.id == friend_id)).one_or_none()
    return [bool(held) for held in row] if row else [False] * len(compiled)


def members_select(compiled: Compiled, *columns: ColumnElement[Any]) -> Select[Any]:
    """Return one SELECT of all fitting friends, each once, for `INSERT … SELECT` in the caller's transaction.

    `columns` are columns of FRIENDS or labelled expressions, FOUND by default. Raises the memory of the transaction.
    """
    tune_for_heavy_query(db.session.connection())
    return cheaper(ways(compiled, *columns))


def stream_friends(compiled: Compiled) -> Iterator[tuple[int, str]]:
    """Stream (id, LINE user id) of all fitting friends from a database cursor, so that memory stays constant.

    The order is the database's own; a connection is held while they are read.
    """
    with db.engine.connect() as connection:
        tune_for_heavy_query(connection)
        query = cheaper(ways(compiled, *ADDRESSED), connection)
        yield from stream(connection, query)
