"""Tags of an account, with how many friends carry them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ARRAY, ColumnElement, Select, Text, collate, func, literal, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import _l
from app.core.pages import Order, Page, by_name, by_number, by_time, page_by_key
from app.friends.models import FriendTag, Tag

PAGE_SIZE = 50
ORDERS = {
    order.name: order
    for order in (
        Order("name", _l("By name"), "name_key", "name_key", by_name),
        Order("name_down", _l("By name, backwards"), "name_key", "name_key", by_name, descending=True),
        Order("friends", _l("Most friends first"), "friends", "friends", by_number, descending=True),
        Order("fewest", _l("Fewest friends first"), "friends", "friends", by_number),
        Order("updated", _l("Last updated first"), "updated_at", "updated_at", by_time, descending=True),
        Order("earliest", _l("Last updated last"), "updated_at", "updated_at", by_time),
    )
}


@dataclass(frozen=True)
class TagLine:
    """A tag and how many friends carry it."""

    tag: Tag
    friends: int


def get_tag(account_id: int, tag_id: int) -> Tag:
    """Return the account's tag; raises NotFound."""
    tag = db.session.get(Tag, tag_id)
    if tag is None or tag.account_id != account_id or tag.deleted_at is not None:
        raise NotFound
    return tag


def tags_page(
    account_id: int,
    search: str,
    order: Order,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int | None = None,
) -> Page[TagLine]:
    """Return the tags whose name contains this text, in this order; raises InvalidInput for an invented key."""
    tags = _sortable(account_id, search, with_counts=order.column == "friends").subquery("tags")

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Any]:
        query = select(tags.c.id, tags.c[order.column]).where(*beyond)
        return db.session.execute(query.order_by(*order.sorting(backwards)).limit(limit)).all()

    page = page_by_key(fetch, order, after, before, size or PAGE_SIZE)
    return Page(_lines([row.id for row in page.rows]), page.next, page.previous)


def count_tags(account_id: int) -> int:
    """Count the account's tags."""
    query = select(func.count()).select_from(Tag).where(Tag.account_id == account_id, Tag.deleted_at.is_(None))
    return db.session.scalars(query).one()


def friend_counts(tag_ids: Sequence[int]) -> Mapping[int, int]:
    """Return the number of friends with each of these tags; a tag that no friend has is left out."""
    query = (
        select(FriendTag.tag_id, func.count().label("number"))
        .where(FriendTag.tag_id.in_(tag_ids))
        .group_by(FriendTag.tag_id)
    )
    return {row.tag_id: row.number for row in db.session.execute(query)}


def tags_named_like(account_id: int, search: str, *, keep: Collection[int] = (), limit: int = 50) -> Sequence[Tag]:
    """Return tags to choose from, by name; those to `keep` (chosen already) come first, whatever their names."""
    found = select(Tag).where(Tag.account_id == account_id, Tag.deleted_at.is_(None), *_holding(search))
    found = found.where(Tag.id.not_in(keep)).order_by(_name_key(), Tag.id).limit(limit)
    return [*tags_by_id(account_id, keep), *db.session.scalars(found)]


def living_tags(ids: Collection[int]) -> set[int]:
    """Return which of these tags have not been deleted."""
    query = select(Tag.id).where(Tag.id.in_(ids), Tag.deleted_at.is_(None))
    return set(db.session.scalars(query)) if ids else set()


def tags_by_id(account_id: int, tag_ids: Collection[int]) -> Sequence[Tag]:
    """Return those of these tags that the account has, by name."""
    if not tag_ids:
        return []
    query = select(Tag).where(Tag.account_id == account_id, Tag.deleted_at.is_(None), Tag.id.in_(tag_ids))
    return db.session.scalars(query.order_by(_name_key(), Tag.id)).all()


def tags_by_name(account_id: int, names: Collection[str]) -> Mapping[str, Tag]:
    """Return the account's tags of these names; as in the unique index, names that look alike are the same."""
    if not names:
        return {}
    given = func.unnest(literal(list(names), ARRAY(Text))).table_valued("name")
    same = _unique_name(Tag.name) == _unique_name(given.c.name)
    query = select(given.c.name, Tag).where(Tag.account_id == account_id, Tag.deleted_at.is_(None), same)
    return {row.name: row.Tag for row in db.session.execute(query)}


def _unique_name(name: Any) -> ColumnElement[Any]:
    return func.same_look(name, type_=Text)


def tags_on(friend_id: int) -> Sequence[Tag]:
    """Return the tags of one friend by name."""
    query = select(Tag).join(FriendTag, FriendTag.tag_id == Tag.id).where(FriendTag.friend_id == friend_id)
    return db.session.scalars(query.where(Tag.deleted_at.is_(None)).order_by(_name_key(), Tag.id)).all()


def _sortable(account_id: int, search: str, with_counts: bool) -> Select[Any]:
    """Select the sort columns; every tag's friends are counted only where the order needs it, since that is slow."""
    number = select(func.count()).where(FriendTag.tag_id == Tag.id).correlate(Tag).scalar_subquery()
    columns = (
        Tag.id,
        Tag.updated_at,
        _name_key().label("name_key"),
        (number if with_counts else literal(0)).label("friends"),
    )
    return select(*columns).where(Tag.account_id == account_id, Tag.deleted_at.is_(None), *_holding(search))


def _holding(search: str) -> list[ColumnElement[bool]]:
    folded = func.search_fold(search.strip(), type_=Text)
    return [func.strpos(func.search_fold(Tag.name), folded) > 0] if search.strip() else []


def _name_key() -> ColumnElement[Any]:
    return collate(func.search_fold(Tag.name, type_=Text), "C")


def _lines(ids: Sequence[int]) -> list[TagLine]:
    tags = {tag.id: tag for tag in db.session.scalars(select(Tag).where(Tag.id.in_(ids)))}
    counts = friend_counts(ids)
    return [TagLine(tags[id_], counts.get(id_, 0)) for id_ in ids if id_ in tags]
