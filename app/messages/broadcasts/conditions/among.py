"""Conditions that a friend is among people whom a query of broadcasts selects."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, not_

from app.core.i18n import _l
from app.segments.conditions.properties import Category, SqlContext, Test

CATEGORY = Category(_l("Message broadcasts"), 16)
PREFIX = "broadcast."


def is_among(found: Select[Any], scope: SqlContext) -> Test:
    """Return the condition that a friend is among these people: looked up for a few rows, collected once for many."""
    return exists(_mine(found, scope).offset(0)) if scope.is_probe else scope.friends.c.id.in_(found)


def is_not_among(found: Select[Any], scope: SqlContext) -> Test:
    """Return the opposite; NOT EXISTS becomes a join, while NOT IN is evaluated row by row."""
    mine = _mine(found, scope)
    return not_(exists(mine.offset(0) if scope.is_probe else mine))


def _mine(found: Select[Any], scope: SqlContext) -> Select[Any]:
    friend_id: ColumnElement[int] = found.selected_columns[0]
    return found.where(friend_id == scope.friends.c.id).correlate(scope.friends)
