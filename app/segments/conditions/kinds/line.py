"""Properties from LINE: friend-added date, follow status, name, language, last message."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func, literal_column

from app.core.i18n import _l, language_name
from app.friends.models import UNKNOWN_TIME, FollowStatus
from app.friends.queries.languages import languages_of
from app.friends.values import STATUS_LABELS
from app.segments.conditions.operators import OPERATORS, PAST_DATE, ValueType
from app.segments.conditions.properties import Category, Choice, Property, register
from app.segments.conditions.sql import MOMENTS, Source, choice_where, column, date_where, text_where

CATEGORY = Category(_l("LINE"), 10)
_UNKNOWN: ColumnElement[Any] = literal_column(UNKNOWN_TIME)


def _moment_or_never(name: str) -> Source:
    """Select the time as the index has it, with "never" before all times."""
    return lambda friends: func.coalesce(friends.c[name], _UNKNOWN)


def _statuses(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    del account_id
    return [Choice(one.value, str(STATUS_LABELS[one])) for one in FollowStatus if one.value in values]


def _all_statuses(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    del typed, keep
    return _statuses(account_id, list(FollowStatus))


def _languages(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    """Return the chosen codes; any language code is possible, since a friend who speaks it may come tomorrow."""
    del account_id
    return [Choice(one, language_name(one)) for one in sorted(values) if 0 < len(one) <= 35]


def _present_languages(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    del typed
    return _languages(account_id, {*languages_of(account_id), *keep})


_OF_TWO = {name: one for name, one in OPERATORS[ValueType.CHOICE].items() if name in {"any_of", "none_of"}}
PROPERTIES = (
    Property(
        "line.followed_at",
        CATEGORY,
        _l("LINE friend-added date"),
        ValueType.DATE,
        date_where(_moment_or_never("followed_at"), MOMENTS, _UNKNOWN),
        operators=PAST_DATE,
        note=_l("LINE does not tell this date for friends who were imported, so it is not known for them."),
    ),
    Property(
        "line.follow_status",
        CATEGORY,
        _l("Follow status"),
        ValueType.CHOICE,
        choice_where(column("follow_status")),
        find=_all_statuses,
        named=_statuses,
        has_few_choices=True,
        operators=_OF_TWO,
    ),
    Property(
        "line.display_name",
        CATEGORY,
        _l("Display name"),
        ValueType.TEXT,
        text_where(column("name_sort"), is_folded=True, is_searched=True),
    ),
    Property(
        "line.language",
        CATEGORY,
        _l("Language"),
        ValueType.CHOICE,
        choice_where(column("language")),
        find=_present_languages,
        named=_languages,
        has_few_choices=True,
    ),
    Property(
        "line.last_message_at",
        CATEGORY,
        _l("Last message date"),
        ValueType.DATE,
        date_where(column("last_message_at"), MOMENTS),
        operators=PAST_DATE,
    ),
    Property(
        "line.last_activity_at",
        CATEGORY,
        _l("Last activity"),
        ValueType.DATE,
        date_where(_moment_or_never("last_activity_at"), MOMENTS, _UNKNOWN),
        operators=PAST_DATE,
    ),
)


@register
def line_properties(account_id: int) -> Iterator[Property]:
    """Return the properties, which are the same for every account."""
    del account_id
    yield from PROPERTIES
