"""The property for ID links: the friend's user ID in the business's own systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import exists, not_, select

from app.core.i18n import _l
from app.friends.models import IdLink
from app.segments.conditions.kinds.attributes import CATEGORY
from app.segments.conditions.operators import OPERATORS, ValueType
from app.segments.conditions.properties import Clause, Property, SqlContext, register


def _where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    """Compare IDs exactly: in other systems "a1" and "A1" may be two people."""
    friends = scope.friends
    mine = select(IdLink.user_id).where(
        IdLink.account_id == scope.account_id, IdLink.line_user_id == friends.c.line_user_id
    )
    if operator == "equals":
        mine = mine.where(IdLink.user_id == values[0])
    if operator == "starts_with":
        mine = mine.where(IdLink.user_id.startswith(values[0], autoescape=True))
    # With millions of links, looking each friend up is the only way that needs no memory; PostgreSQL knows others.
    found = mine.correlate(friends)
    test = exists(found.offset(0) if scope.is_probe else found)
    return Clause(not_(test) if operator == "unknown" else test)


_TAKEN = ("equals", "starts_with", "known", "unknown")
EXTERNAL_USER_ID = Property(
    "external_user_id",
    CATEGORY,
    _l("External user ID"),
    ValueType.TEXT,
    _where,
    operators={name: OPERATORS[ValueType.TEXT][name] for name in _TAKEN},
)


@register
def id_link_properties(account_id: int) -> Iterator[Property]:
    """Return the one property."""
    del account_id
    yield EXTERNAL_USER_ID
