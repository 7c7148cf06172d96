"""How many friends fit a definition, in all and condition by condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select

from app.core.db import db
from app.core.db.explain import cheaper, plan_of
from app.friends.models import FollowStatus
from app.friends.queries.filter_sql import FRIENDS
from app.segments.conditions.compiler import Compiled
from app.segments.conditions.properties import Clause


@dataclass(frozen=True)
class Numbers:
    """Friends who fit; those of them who follow and can be reached, and those who have blocked the account."""

    friends: int
    reachable: int
    blocked: int


def count_members(compiled: Compiled) -> Numbers:
    """Count them, in the way that PostgreSQL holds for the cheaper one."""
    row = db.session.execute(count_query(compiled)).one()
    return Numbers(row.friends, row.reachable, row.blocked)


def count_query(compiled: Compiled) -> Select[*tuple[Any, ...]]:
    """The query behind `count_members`."""
    return cheaper([_numbers(way) for way in ways(compiled)])


def members_query(compiled: Compiled) -> Select[Any]:
    """`id` and `follow_status` of everybody who fits, in the cheaper way."""
    return cheaper(ways(compiled))


def ways(compiled: Compiled, *columns: ColumnElement[Any]) -> list[Select[Any]]:
    """The ways to write who fits; one group has only one."""
    walk = compiled.as_walk(*columns)
    return [walk] if len(compiled.groups) < 2 else [walk, compiled.as_union(*columns)]


def _numbers(members: Select[Any]) -> Select[*tuple[Any, ...]]:
    found = members.subquery("members")
    numbers: list[ColumnElement[int]] = [
        func.count().label("friends"),
        func.count().filter(found.c.follow_status == FollowStatus.FOLLOWING).label("reachable"),
        func.count().filter(found.c.follow_status == FollowStatus.BLOCKED).label("blocked"),
    ]
    return select(*numbers).select_from(found)


def count_alone(compiled: Compiled) -> list[list[int]]:
    """For each condition of each group how many friends fit it alone; a condition that comes again is asked once.

    What an index answers is asked by itself; all that needs a walk through the friends shares a single one.
    """
    every = (clause for clauses in compiled.groups for clause in clauses)
    clauses = dict(zip((one.key for one in compiled.definition.conditions), every, strict=True))
    queries = {key: _alone(compiled, clause) for key, clause in clauses.items()}
    walkers = [key for key, query in queries.items() if plan_of(query).walks]
    found = _count_in_one_walk(compiled, {key: clauses[key] for key in walkers}) if len(walkers) > 1 else {}
    for key, query in queries.items():
        if key not in found:
            found[key] = int(db.session.execute(query).scalar_one())
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
