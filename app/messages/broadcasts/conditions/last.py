"""Properties: the name and the date of the last broadcast that a friend received."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, select

from app.core.db import db
from app.core.i18n import _l
from app.messages.broadcasts.conditions.among import CATEGORY, PREFIX, is_among, is_not_among
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.queries.begun import ids_begun
from app.messages.broadcasts.queries.people import PeopleOf, people
from app.messages.broadcasts.queries.received import last_received_is, received_between
from app.segments.conditions.days import days_that_fit
from app.segments.conditions.operators import LAST_DATE, ValueType
from app.segments.conditions.properties import Clause, Property, SqlContext, Test, register
from app.segments.conditions.sql import as_moment, column, text_where

NOTE = _l("Of all broadcasts that LINE took for the friend, the one that it took last.")
_NAME = text_where(column("name"))


def _ever(operator: str, scope: SqlContext) -> Test:
    """Return the condition for "is known" and "is unknown"."""
    found = people(PeopleOf.SENT, ids_begun(scope.account_id))
    return (is_among if operator == "known" else is_not_among)(found, scope)


def _where_date(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    """Return the condition that a broadcast came within the days, and none after them."""
    if operator in {"known", "unknown"}:
        return Clause(_ever(operator, scope))
    first, after = (as_moment(one, scope) if one else None for one in days_that_fit(operator, values, scope.today))
    came = is_among(received_between(scope.account_id, first, after), scope)
    if after is None:
        return Clause(came)
    return Clause(and_(came, is_not_among(received_between(scope.account_id, after, None), scope)))


def _where_name(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    """Return the condition on the name, for which the broadcasts that have such a name are looked up first."""
    if operator in {"known", "unknown"}:
        return Clause(_ever(operator, scope))
    fits = _NAME(operator.removeprefix("not_"), values, replace(scope, friends=Broadcast.__table__)).test
    among = is_not_among if operator.startswith("not_") else is_among
    return Clause(among(last_received_is(scope.account_id, _named(scope.account_id, fits)), scope))


def _named(account_id: int, fits: ColumnElement[bool]) -> Sequence[int]:
    query: Select[Any] = select(Broadcast.id).where(Broadcast.account_id == account_id, fits)
    return db.session.scalars(query.where(Broadcast.started_at.is_not(None))).all()


PROPERTIES = (
    Property(PREFIX + "last_name", CATEGORY, _l("Last broadcast"), ValueType.TEXT, _where_name, note=NOTE),
    Property(
        PREFIX + "last_date",
        CATEGORY,
        _l("Last broadcast date"),
        ValueType.DATE,
        _where_date,
        operators=LAST_DATE,
        note=NOTE,
    ),
)


@register
def last_broadcast_properties(account_id: int) -> Iterator[Property]:
    """Return the properties, which are the same for every account."""
    del account_id
    yield from PROPERTIES
