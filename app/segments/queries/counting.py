"""Count the friends who fit a definition, in all and condition by condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, false, func, not_, or_, select

from app.core.db import db
from app.core.db.explain import cheaper, plan_of
from app.friends.models import FollowStatus
from app.friends.queries.filter_sql import FRIENDS
from app.segments.conditions.compiler import Compiled
from app.segments.conditions.properties import Clause


@dataclass(frozen=True)
class Numbers:
    """Numbers of friends who fit, of those who follow and can be reached, and of those who have blocked the account."""

    friends: int
    reachable: int
    blocked: int


def count_members(compiled: Compiled) -> Numbers:
    """Count the fitting friends by the plan that PostgreSQL estimates to be cheaper."""
    row = db.session.execute(count_query(compiled)).one()
    return Numbers(row.friends, row.reachable, row.blocked)


def count_query(compiled: Compiled) -> Select[*tuple[Any, ...]]:
    """Return the query behind `count_members`."""
    return cheaper([_numbers(way) for way in ways(compiled)])


def members_query(compiled: Compiled) -> Select[Any]:
    """Select `id` and `follow_status` of all fitting friends, by the cheaper plan."""
    return cheaper(ways(compiled))


def ways(compiled: Compiled, *columns: ColumnElement[Any]) -> list[Select[Any]]:
    """Return the possible queries for the fitting friends; where one group lets them in there is only one."""
    walk = compiled.as_walk(*columns)
    return [walk] if len(compiled.included) < 2 else [walk, compiled.as_union(*columns)]


def _numbers(members: Select[Any]) -> Select[*tuple[Any, ...]]:
    found = members.subquery("members")
    numbers: list[ColumnElement[int]] = [
        func.count().label("friends"),
        func.count().filter(found.c.follow_status == FollowStatus.FOLLOWING).label("reachable"),
        func.count().filter(found.c.follow_status == FollowStatus.BLOCKED).label("blocked"),
    ]
    return select(*numbers).select_from(found)


def count_alone(compiled: Compiled) -> list[list[int]]:
    """Count for each condition of each group the friends who fit it alone; equal conditions are counted once.

    Conditions with an index are counted one by one; all others share a single scan of the friends.
    """
    clauses = conditions_by_key(compiled)
    queries = {key: _alone(compiled, clause) for key, clause in clauses.items()}
    walkers = [key for key, query in queries.items() if plan_of(query).walks]
    found = _count_in_one_walk(compiled, {key: clauses[key] for key in walkers}) if len(walkers) > 1 else {}
    for key, query in queries.items():
        if key not in found:
            found[key] = int(db.session.execute(query).scalar_one())
    return _by_place(compiled, found)


def needs_walk(compiled: Compiled) -> bool:
    """Return whether PostgreSQL would read all friends to count those who fit."""
    return plan_of(count_query(compiled)).walks


def conditions_by_key(compiled: Compiled) -> dict[str, Clause]:
    """Return the clause of each condition, once for conditions that mean the same."""
    every = (clause for clauses in compiled.groups for clause in clauses)
    return dict(zip((one.key for one in compiled.definition.conditions), every, strict=True))


def holding(compiled: Compiled) -> Select[Any]:
    """Select the status of each friend, and for each condition whether it holds, evaluated once."""
    tests = conditions_by_key(compiled).values()
    return select(FRIENDS.c.follow_status, *(clause.test.label(f"held_{at}") for at, clause in enumerate(tests)))


def fitting(compiled: Compiled, held: FromClause) -> ColumnElement[bool]:
    """Return the condition over rows of `holding` that the friend fits the definition."""
    holds, groups = _holds(compiled, held), compiled.definition.groups

    def fits_group(at: int) -> ColumnElement[bool]:
        return and_(*(holds[one.key] for one in groups[at].conditions))

    lets_in = (fits_group(at) for at in compiled.included if groups[at].conditions)
    kept = (not_(func.coalesce(fits_group(at), False)) for at in compiled.excluded if groups[at].conditions)
    return and_(or_(false(), *lets_in), *kept)


def all_numbers(compiled: Compiled, held: FromClause) -> list[ColumnElement[int]]:
    """Return counts over rows of `holding`: the three of Numbers, then one for each condition alone."""
    fits, status = fitting(compiled, held), held.c.follow_status
    tests = [fits, and_(fits, status == FollowStatus.FOLLOWING), and_(fits, status == FollowStatus.BLOCKED)]
    return [func.count().filter(test) for test in (*tests, *_holds(compiled, held).values())]


def _holds(compiled: Compiled, held: FromClause) -> dict[str, ColumnElement[bool]]:
    return {key: held.c[f"held_{at}"] for at, key in enumerate(conditions_by_key(compiled))}


def _by_place(compiled: Compiled, found: Mapping[str, int]) -> list[list[int]]:
    return [[found[one.key] for one in group.conditions] for group in compiled.definition.groups]


def _alone(compiled: Compiled, clause: Clause) -> Select[Any]:
    mine = select(func.count()).select_from(FRIENDS).where(compiled.mine)
    if clause.ids is None:
        return mine.where(*clause.indexed)
    named = select(func.count()).select_from(clause.ids.subquery("named"))
    return select(mine.scalar_subquery() - named.scalar_subquery()) if clause.is_without else named


def _count_in_one_walk(compiled: Compiled, clauses: Mapping[str, Clause]) -> dict[str, int]:
    numbers = [func.count().filter(clause.test) for clause in clauses.values()]
    row = db.session.execute(select(*numbers).select_from(FRIENDS).where(compiled.mine)).one()
    return dict(zip(clauses, row, strict=True))
