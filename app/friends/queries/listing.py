"""The friends list: its pages, its total, and the tags of those on a page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import BigInteger, Select, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.db import db
from app.core.db.time_budget import Budget, OutOfTime
from app.core.pages import Order, Page, page_by_key
from app.friends.filters import FriendFilter
from app.friends.friend_sets import Found
from app.friends.models import Friend, FriendTag, Tag
from app.friends.queries.filter_sql import FRIENDS, Condition, filtering
from app.friends.queries.page_planner import Search

PAGE_SIZE = 50
# How long an exact total may take, and how far is counted when it would take longer.
COUNT_SECONDS = 3
COUNT_AT_LEAST = 10_000
# Put together once, as every page of the list asks.
_TAGS = (
    select(FriendTag.friend_id, Tag)
    .join(Tag, Tag.id == FriendTag.tag_id)
    .where(FriendTag.friend_id == any_(bindparam("friend_ids", type_=ARRAY(BigInteger))), Tag.deleted_at.is_(None))
    .order_by(Tag.name, Tag.id)
)


@dataclass(frozen=True)
class Total:
    """The number of friends who fit; a lower bound when counting took too long."""

    number: int
    is_exact: bool = True


def friends_page(
    account_id: int,
    wanted: FriendFilter,
    order: Order,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int | None = None,
    known: Found | None = None,
) -> Page[Friend]:
    """Return the friends after or before a key, in this order; raises InvalidInput for an invented key.

    `known` are sets of the filter that were found before.
    """
    narrowing, mine = filtering(account_id, wanted, known), FRIENDS.c.account_id == account_id

    def fetch(beyond: list[Condition], backwards: bool, limit: int) -> Sequence[Friend]:
        return Search(narrowing, order, mine, beyond, backwards, limit).find()

    return page_by_key(fetch, order, after, before, size or PAGE_SIZE)


def count_friends(account_id: int, wanted: FriendFilter, known: Found | None = None) -> Total:
    """Count the friends who fit, exactly if that takes no more than a few seconds."""
    where = [FRIENDS.c.account_id == account_id, *filtering(account_id, wanted, known).indexed()]
    exact = _in_time(select(func.count()).select_from(FRIENDS).where(*where))
    if exact is not None:
        return Total(exact)
    some = select(FRIENDS.c.id).where(*where).limit(COUNT_AT_LEAST).subquery()
    return Total(_in_time(select(func.count()).select_from(some)) or PAGE_SIZE, is_exact=False)


def fingerprint(page: Page[Friend], tags: Mapping[int, Sequence[Tag]]) -> str:
    """Return a hash that changes with any shown row of the page, and with whether there are pages around it."""
    rows = [(friend.id, friend.updated_at, [tag.name for tag in tags.get(friend.id, ())]) for friend in page.rows]
    return sha256(repr((rows, page.next is None, page.previous is None)).encode()).hexdigest()[:16]


def tags_of(friend_ids: Sequence[int]) -> Mapping[int, Sequence[Tag]]:
    """Return the tags of these friends by name; friends without any are left out."""
    if not friend_ids:
        return {}
    tags: defaultdict[int, list[Tag]] = defaultdict(list)
    for friend_id, tag in db.session.execute(_TAGS, {"friend_ids": list(friend_ids)}):
        tags[friend_id].append(tag)
    return tags


def _in_time(query: Select[Any]) -> int | None:
    """Return the one number that the query selects; None when it takes longer than COUNT_SECONDS."""
    try:
        return int(Budget(COUNT_SECONDS).ask(lambda: db.session.scalars(query).one()))
    except OutOfTime:
        return None
