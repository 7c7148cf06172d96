"""A definition as SQL: one parameterised SELECT of the friends who fit. What people typed only becomes a parameter.

There are two ways to write it. As one WHERE over all groups it is a single walk through the friends; as a UNION of one
SELECT a group, each group can be found through its own indexes. `counting` lets PostgreSQL say which is cheaper. Groups
that leave friends out narrow both.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, and_, exists, false, func, not_, or_, select, union

from app.core.i18n import today, zone
from app.friends.queries.filter_sql import FRIENDS, Word, fold
from app.segments.conditions.definition import Condition, Definition
from app.segments.conditions.operators import NEGATIVE, Takes
from app.segments.conditions.properties import Clause, SqlContext, Test

NO_FRIEND = Clause(false())
# What is known of a friend who fits, for counting and for sorting.
FOUND: tuple[ColumnElement[Any], ...] = (FRIENDS.c.id, FRIENDS.c.follow_status)


@dataclass(frozen=True)
class Compiled:
    """SQL of a definition's conditions, by group."""

    definition: Definition
    scope: SqlContext

    @cached_property
    def groups(self) -> list[list[Clause]]:
        """Return the clauses of each group."""
        return [[_clause(one, self.scope) for one in group.conditions] for group in self.definition.groups]

    @property
    def mine(self) -> Test:
        """Return the condition for friends of the account."""
        return self.scope.friends.c.account_id == self.scope.account_id

    @property
    def included(self) -> list[int]:
        """Return the numbers of the groups of which one must hold; none where no friend can fit."""
        return self.definition.included

    @property
    def excluded(self) -> list[int]:
        """Return the numbers of the groups that leave friends out."""
        return self.definition.excluded

    @property
    def fits(self) -> Test:
        """Return the condition that a friend fits, tested row by row."""
        return and_(or_(false(), *map(self.of_group, self.included)), *self.kept)

    @property
    def kept(self) -> list[Test]:
        """Return the conditions that no group leaves a friend out."""
        return [_fails(self.groups[at], self.scope) for at in self.excluded]

    def of_group(self, at: int) -> Test:
        """Return the condition that a friend fits the group, tested row by row."""
        return _all(clause.test for clause in self.groups[at])

    def probing(self, friends: FromClause = FRIENDS) -> Compiled:
        """Return the same SQL for a few rows only, such as a subquery of friends or a single one."""
        return Compiled(self.definition, replace(self.scope, friends=friends, is_probe=True))

    def indexed(self, at: int) -> list[Test]:
        """Return the conditions of who fits by this group, for a WHERE that may use indexes.

        A group without conditions fits no friend.
        """
        return [*([test for clause in self.groups[at] for test in clause.indexed] or [false()]), *self.kept]

    def as_walk(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Select `id` and `follow_status`, or these columns, of all fitting friends by one WHERE."""
        tests = self.indexed(self.included[0]) if len(self.included) == 1 else [self.fits]
        return select(*(columns or FOUND)).where(self.mine, *tests)

    def as_union(self, *columns: ColumnElement[Any]) -> Select[Any]:
        """Select the same by a UNION, in which no friend is twice."""
        wanted = columns or FOUND
        parts = [select(*wanted).where(self.mine, *self.indexed(at)) for at in self.included]
        parts = parts or [select(*wanted).where(false())]
        found = union(*parts).subquery("fitting")
        return select(*(found.c[column.name] for column in wanted))


def compile_definition(definition: Definition) -> Compiled:
    """Return the definition's SQL as of today."""
    scope = SqlContext(definition.account_id, FRIENDS, today(), zone(), words_of([definition]))
    return Compiled(definition, scope)


def compile_many(definitions: Sequence[Definition]) -> list[Compiled]:
    """Return the SQL of several definitions, of any accounts."""
    words, day, place = words_of(definitions), today(), zone()
    return [Compiled(one, SqlContext(one.account_id, FRIENDS, day, place, words)) for one in definitions]


def words_of(definitions: Sequence[Definition]) -> dict[str, Word]:
    """Return every text that is compared with something, as the database folds it."""
    texts = {
        value
        for definition in definitions
        for condition in definition.conditions
        if condition.problem is None and condition.operator and condition.operator.takes is Takes.TEXT
        for value in condition.values
    }
    ordered = sorted(texts)
    return dict(zip(ordered, fold(ordered), strict=True))


def _clause(condition: Condition, scope: SqlContext) -> Clause:
    if condition.problem is not None or condition.about is None or condition.operator is None:
        return NO_FRIEND
    name, where = condition.operator.name, condition.about.where
    if not condition.has_several:
        return where(name, condition.values, scope)
    ways = [where(name, (value,), scope) for value in condition.values]
    tests, found = [one.test for one in ways], [one.index for one in ways if one.index is not None]
    # What must not be equal must be so to none of the values.
    if name in NEGATIVE:
        return Clause(and_(*tests))
    return Clause(or_(*tests), or_(*found) if len(found) == len(ways) else None)


def _fails(clauses: Sequence[Clause], scope: SqlContext) -> Test:
    """Return the condition that a group does not hold; what is not known does not leave a friend out.

    Friends who are known by their ids alone are taken away by a join.
    """
    named = next((one for one in clauses if one.ids is not None and not one.is_without), None)
    if named is None or named.ids is None or scope.is_probe:
        return not_(func.coalesce(_all(clause.test for clause in clauses), False))
    ids = named.ids.subquery("left_out")
    others = (clause.test for clause in clauses if clause is not named)
    left_out = select(ids.c[0]).where(ids.c[0] == scope.friends.c.id, *others)
    return not_(exists(left_out.correlate(scope.friends)))


def _all(tests: Iterable[Test]) -> Test:
    found = list(tests)
    return and_(*found) if found else false()
