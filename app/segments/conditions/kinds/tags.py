"""The property for tags on friends."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, Select, and_, exists, func, intersect, not_, select

from app.core.i18n import _l
from app.friends.models import FriendTag, Tag
from app.friends.queries.tags import tags_by_id, tags_by_name, tags_named_like
from app.segments.conditions.operators import ValueType
from app.segments.conditions.properties import Category, Choice, Clause, Property, SqlContext, Test, register
from app.segments.conditions.sql import one_of

# As many tags that all must be there are looked up one by one.
FEW = 4
TAG_ID: ColumnElement[int] = FriendTag.tag_id.expression
_TAGGED: Select[Any] = select(FriendTag.friend_id)
# A tag that is being deleted is on no friend any more.
_LIVE = _TAGGED.join(Tag, Tag.id == FriendTag.tag_id).where(Tag.deleted_at.is_(None))


def _where(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    if operator == "empty":
        return Clause(_lacks(scope, _LIVE))
    if operator == "contains_all":
        return Clause(_carries_all(scope, values), ids=_with_all(values))
    tagged = _TAGGED.where(one_of(TAG_ID, values))
    ids = tagged.distinct() if len(values) > 1 else tagged
    if operator == "contains_none":
        return Clause(_lacks(scope, tagged), ids=ids, is_without=True)
    return Clause(_carries(scope, tagged), ids=ids)


def _with_all(values: Sequence[Any]) -> Select[Any] | CompoundSelect[Any]:
    """Select ids of friends with all of the tags."""
    if len(values) > FEW:
        return _grouped(values)
    return intersect(*(_TAGGED.where(one_of(TAG_ID, [tag_id])) for tag_id in values))


def _grouped(values: Sequence[Any]) -> Select[Any]:
    found = _TAGGED.where(one_of(TAG_ID, values))
    return found.group_by(FriendTag.friend_id).having(func.count() == len(values))


def _carries(scope: SqlContext, tagged: Select[Any]) -> Test:
    """Return the condition that a friend is among the tagged: looked up for a few rows, collected once for many."""
    return _is_tagged(scope, tagged) if scope.is_probe else scope.friends.c.id.in_(tagged)


def _lacks(scope: SqlContext, tagged: Select[Any]) -> Test:
    """Return the opposite condition; NOT EXISTS becomes a join, while NOT IN is evaluated row by row."""
    return not_(_is_tagged(scope, tagged))


def _is_tagged(scope: SqlContext, tagged: Select[Any]) -> Test:
    """Look each friend up when only a few are tested: OFFSET keeps PostgreSQL from collecting all tagged ones first."""
    found = tagged.where(FriendTag.friend_id == scope.friends.c.id).correlate(scope.friends)
    return exists(found.offset(0) if scope.is_probe else found)


def _carries_all(scope: SqlContext, values: Sequence[Any]) -> Test:
    """Return the condition for all tags: a few one by one, so that the rarest can be first, many in one count."""
    if len(values) <= FEW:
        return and_(*(_carries(scope, _TAGGED.where(one_of(TAG_ID, [tag_id]))) for tag_id in values))
    found = _grouped(values)
    if scope.is_probe:
        found = found.where(FriendTag.friend_id == scope.friends.c.id)
    return scope.friends.c.id.in_(found)


def _find(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    return _choices(tags_named_like(account_id, typed, keep=keep))


def _named(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    return _choices(tags_by_id(account_id, values))


def _by_key(account_id: int, keys: Collection[str]) -> Mapping[str, int | str]:
    return {name: tag.id for name, tag in tags_by_name(account_id, keys).items()}


def _choices(tags: Sequence[Tag]) -> Sequence[Choice]:
    return [Choice(tag.id, tag.name) for tag in tags]


TAG = Property(
    "tag",
    Category(_l("Tag"), 20),
    _l("Tag"),
    ValueType.SET,
    _where,
    find=_find,
    named=_named,
    by_key=_by_key,
    choices_are_numbers=True,
)


@register
def tag_properties(account_id: int) -> Iterator[Property]:
    """Return the one property."""
    del account_id
    yield TAG
