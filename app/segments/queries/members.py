"""Who fits a definition: a page of friends, a few of them with the reasons, everybody one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, select

from app.core.db import db
from app.core.pages import Page
from app.friends.models import Friend
from app.friends.queries.finding import Search
from app.friends.queries.narrowing import FRIENDS, Condition
from app.friends.queries.orders import ORDERS, page_by_key
from app.segments.conditions.compiler import Compiled
from app.segments.queries.counting import members_query

PAGE_SIZE = 50
ROWS_AT_ONCE = 5_000
NEWEST = ORDERS["newest"]


@dataclass(frozen=True)
class Membership:
    """A definition as the search for friends asks for it."""

    compiled: Compiled

    is_empty = False
    status = None
    columns = tuple(column for column in FRIENDS.c if column.name not in {"picture_url", "status_message", "links"})

    def tests(self, rows: FromClause) -> list[Condition]:
        """Asked of a few rows."""
        return [self.compiled.probing(rows).fits]

    def indexed(self) -> list[Condition]:
        """Asked of all friends; several groups are collected in the cheaper way."""
        if len(self.compiled.groups) == 1:
            return [test for clause in self.compiled.groups[0] for test in clause.indexed]
        return [FRIENDS.c.id.in_(select(members_query(self.compiled).subquery("fitting").c.id))]


def members_page(
    compiled: Compiled, *, after: str | None = None, before: str | None = None, size: int = PAGE_SIZE
) -> Page[Friend]:
    """The friends who fit, the newest first; raises InvalidInput for an invented key."""
    membership = Membership(compiled)

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Friend]:
        return Search(membership, NEWEST, compiled.mine, beyond, backwards, limit).find()

    return page_by_key(fetch, NEWEST, after, before, size)


@dataclass(frozen=True)
class Findings:
    """What became of one friend: for each group, for each of its conditions whether it holds."""

    friend_id: int
    groups: Sequence[Sequence[bool]]

    @property
    def fits(self) -> bool:
        """Whether the friend fits the definition."""
        return bool(self.fitting)

    @property
    def fitting(self) -> list[int]:
        """The groups that let the friend in."""
        return [number for number, held in enumerate(self.groups) if held and all(held)]


def explain(compiled: Compiled, friend_ids: Sequence[int]) -> dict[int, Findings]:
    """For each of these friends of the account which conditions hold."""
    groups = compiled.probing().groups
    tests = [clause.test for group in groups for clause in group]
    columns = [test.label(f"held_{number}") for number, test in enumerate(tests)]
    query = select(FRIENDS.c.id, *columns).where(compiled.mine, FRIENDS.c.id.in_(friend_ids))
    found = {}
    for row in db.session.execute(query):
        held = iter(row[1:])
        found[row.id] = Findings(row.id, [[bool(next(held)) for _clause in group] for group in groups])
    return found


def fitting_of(compiled: Sequence[Compiled], friend_id: int) -> list[bool]:
    """For each of these definitions whether the friend fits it now."""
    if not compiled:
        return []
    columns = [one.probing().fits.label(f"s{number}") for number, one in enumerate(compiled)]
    row = db.session.execute(select(*columns).select_from(FRIENDS).where(FRIENDS.c.id == friend_id)).one_or_none()
    return [bool(held) for held in row] if row else [False] * len(compiled)


def everybody(compiled: Compiled) -> Iterator[tuple[int, str]]:
    """(id, LINE user id) of everybody who fits, from a cursor in the database, so that millions need no memory.

    The order is the database's own; a connection is held while they are read.
    """
    query = _with_line_ids(compiled)
    with db.engine.connect().execution_options(stream_results=True, yield_per=ROWS_AT_ONCE) as connection:
        for row in connection.execute(query):
            yield row.id, row.line_user_id


def _with_line_ids(compiled: Compiled) -> Select[Any]:
    members = members_query(compiled).subquery("members")
    return select(FRIENDS.c.id, FRIENDS.c.line_user_id).join(members, members.c.id == FRIENDS.c.id)
