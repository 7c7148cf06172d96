"""Properties of conditions: a clicked link, last open date, last click date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, not_, select

from app.core.i18n import _l
from app.messages.tracking.models import FetchState, LinkFetch, TargetKind, TrackedLink
from app.segments.conditions.operators import OPERATORS, PAST_DATE, ValueType
from app.segments.conditions.properties import Category, Clause, Property, SqlContext, register
from app.segments.conditions.sql import MOMENTS, column, date_where

CATEGORY = Category(_l("Opens and clicks"), 15)
_TAKEN = ("contains", "not_contains", "equals", "starts_with", "known", "unknown")


def _compared(operator: str, value: str) -> ColumnElement[bool]:
    if operator == "contains":
        return TrackedLink.target.contains(value, autoescape=True)
    if operator == "starts_with":
        return TrackedLink.target.startswith(value, autoescape=True)
    return TrackedLink.target == value


def _where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    """Compare addresses exactly, as web servers do."""
    friends = scope.friends
    mine = (
        select(LinkFetch.id)
        .join(TrackedLink, TrackedLink.id == LinkFetch.link_id)
        .where(
            LinkFetch.friend_id == friends.c.id,
            LinkFetch.state == FetchState.COUNTED,
            TrackedLink.kind == TargetKind.LINK,
        )
    )
    if operator not in {"known", "unknown"}:
        mine = mine.where(_compared(operator.removeprefix("not_"), values[0]))
    found = mine.correlate(friends)
    test = exists(found.offset(0) if scope.is_probe else found)
    return Clause(not_(test) if operator == "unknown" or operator.startswith("not_") else test)


PROPERTIES = (
    Property(
        "clicked_link",
        CATEGORY,
        _l("Clicked link"),
        ValueType.TEXT,
        _where,
        operators={name: OPERATORS[ValueType.TEXT][name] for name in _TAKEN},
        note=_l(
            "The address as it was typed. A link that all recipients share tells who clicked where LIFF is set up."
        ),
    ),
    Property(
        "last_open_at",
        CATEGORY,
        _l("Last open date"),
        ValueType.DATE,
        date_where(column("last_open_at"), MOMENTS),
        operators=PAST_DATE,
        note=_l("Known of friends whose phone loaded a picture of a message, who clicked, or who watched a video."),
    ),
    Property(
        "last_click_at",
        CATEGORY,
        _l("Last click date"),
        ValueType.DATE,
        date_where(column("last_click_at"), MOMENTS),
        operators=PAST_DATE,
    ),
)


@register
def click_properties(account_id: int) -> Iterator[Property]:
    """Return the properties, which are the same for every account."""
    del account_id
    yield from PROPERTIES
