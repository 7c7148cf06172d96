"""Properties of conditions for conversations: status, assignee, and since when a friend waits for an answer."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Text, cast, select

from app.chat.filters import STATUSES
from app.chat.queries.people import answering_members
from app.core.db import db
from app.core.i18n import _l
from app.core.identifiers import row_number
from app.messages.conversations.models import Conversation
from app.segments.conditions.operators import ValueType
from app.segments.conditions.properties import Category, Choice, Property, register
from app.segments.conditions.sql import MOMENTS, Source, choice_where, date_where
from app.team.models import Member

CATEGORY = Category(_l("Conversation"), 27)


def _of_conversation(column: ColumnElement[Any]) -> Source:
    """Select a column of the friend's conversation; NULL where there is none."""

    def source(friends: FromClause) -> ColumnElement[Any]:
        mine = select(column).where(Conversation.friend_id == friends.c.id, Conversation.kind == "friend")
        return mine.correlate(friends).limit(1).scalar_subquery()

    return source


def _statuses(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    del account_id
    return [Choice(value, str(words)) for value, words in STATUSES.items() if value in values]


def _all_statuses(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    del typed, keep
    return _statuses(account_id, list(STATUSES))


def _members(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    del account_id
    ids = [number for one in values if (number := row_number(str(one)))]
    query = select(Member).where(Member.id.in_(ids)).order_by(Member.name, Member.id)
    return [Choice(str(one.id), one.label) for one in db.session.scalars(query)]


def _all_members(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    del typed
    found = [Choice(str(one.id), one.label) for one in answering_members([account_id])]
    known = {one.value for one in found}
    return [*found, *(one for one in _members(account_id, keep) if one.value not in known)]


def _members_by_key(account_id: int, keys: Collection[str]) -> Mapping[str, str]:
    """Return the members whom keys name: by name, as templates have them, or by id, as several accounts share them."""
    found = answering_members([account_id])
    by_name = {one.label: str(one.id) for one in reversed(found)}
    by_id = {str(one.id): str(one.id) for one in found}
    known = by_name | by_id
    return {key: known[key] for key in keys if key in known}


PROPERTIES = (
    Property(
        "conversation.status",
        CATEGORY,
        _l("Conversation status"),
        ValueType.CHOICE,
        choice_where(_of_conversation(Conversation.status.expression)),
        find=_all_statuses,
        named=_statuses,
        has_few_choices=True,
        note=_l("Not known for friends with whom there is no conversation."),
    ),
    Property(
        "conversation.assignee",
        CATEGORY,
        _l("Assignee of the conversation"),
        ValueType.CHOICE,
        choice_where(_of_conversation(cast(Conversation.assignee_id, Text))),
        find=_all_members,
        named=_members,
        by_key=_members_by_key,
        has_few_choices=True,
    ),
    Property(
        "conversation.unanswered_since",
        CATEGORY,
        _l("Waits for an answer since"),
        ValueType.DATE,
        date_where(_of_conversation(Conversation.unanswered_since.expression), MOMENTS),
        note=_l("Not known for friends who wait for no answer of a person."),
    ),
)


@register
def conversation_properties(account_id: int) -> Iterator[Property]:
    """Return the properties, which are the same for every account."""
    del account_id
    yield from PROPERTIES
