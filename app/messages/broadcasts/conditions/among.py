"""Conditions that a friend is among people whom a query of broadcasts selects."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, false, not_, select, true

from app.core.i18n import _l
from app.segments.conditions.properties import Category, SqlContext, Test

# Below tags and attributes, which are asked about more often.
CATEGORY = Category(_l("Message broadcasts"), 35)
PREFIX = "broadcast."


def is_among(found: Select[Any] | None, scope: SqlContext) -> Test:
    """Return the condition that a friend is among these people: looked up for a few rows, collected once for many."""
    if found is None:
        return false()
    return _is_one_of(found, scope) if scope.is_probe else scope.friends.c.id.in_(found)


def is_not_among(found: Select[Any] | None, scope: SqlContext) -> Test:
    """Return the opposite; NOT EXISTS becomes a join, while NOT IN is evaluated row by row."""
    return true() if found is None else not_(_is_one_of(found, scope))


def _is_one_of(found: Select[Any], scope: SqlContext) -> Test:
    """Look each friend up where only a few are tested: OFFSET keeps PostgreSQL from collecting all people first."""
    if scope.is_probe:
        friend_id: ColumnElement[int] = found.selected_columns[0]
        return exists(found.where(friend_id == scope.friends.c.id).correlate(scope.friends).offset(0))
    # As a subquery, so that what is grouped is collected once, too.
    people = found.subquery("people")
    return exists(select(people.c[0]).where(people.c[0] == scope.friends.c.id).correlate(scope.friends))
