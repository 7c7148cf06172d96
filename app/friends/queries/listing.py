"""The friends list: any page of any order under any filter, at the price of a page.

A filter may let half of a million friends through, or three. So the first rows of the order are walked and tested; when
too few of them fit, all friends that fit are collected through the indexes and sorted.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import FromClause, Select, func, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import undefer

from app.core.db import db
from app.core.pages import Page
from app.friends.filters import FriendFilter
from app.friends.models import Friend, FriendTag, Tag
from app.friends.queries.narrowing import FRIENDS, Condition, Word, fold, indexed, tests
from app.friends.queries.orders import Order, page_by_key

PAGE_SIZE = 50
# Rows walked in the hope of a full page: a few at first, more when these promise that it will do.
WALKS = (200, 10_000)
# How long an exact total may take, and how far is counted when it would take longer.
COUNT_SECONDS = 3
COUNT_AT_LEAST = 10_000


@dataclass(frozen=True)
class Total:
    """How many friends fit; when counting took too long, at least so many."""

    number: int
    is_exact: bool = True


def friends_page(
    account_id: int,
    wanted: FriendFilter,
    order: Order,
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[Friend]:
    """The friends after or before a key, in this order; raises InvalidInput for an invented key."""
    words, mine = fold(wanted.words), FRIENDS.c.account_id == account_id

    def fetch(beyond: list[Condition], backwards: bool, limit: int) -> Sequence[Friend]:
        within = [mine, *beyond]
        if wanted.is_empty:
            query = _friends(order).where(*within).order_by(*order.sorting(backwards)).limit(limit)
            return db.session.scalars(query).all()
        return _fitting(wanted, words, order, within, backwards, limit)

    return page_by_key(fetch, order, after, before, size)


def count_friends(account_id: int, wanted: FriendFilter) -> Total:
    """How many friends fit, exactly if that can be told in a few seconds."""
    where = [FRIENDS.c.account_id == account_id, *indexed(wanted, fold(wanted.words))]
    exact = _in_time(select(func.count()).select_from(FRIENDS).where(*where))
    if exact is not None:
        return Total(exact)
    some = select(FRIENDS.c.id).where(*where).limit(COUNT_AT_LEAST).subquery()
    return Total(_in_time(select(func.count()).select_from(some)) or PAGE_SIZE, is_exact=False)


def fingerprint(page: Page[Friend], tags: Mapping[int, Sequence[Tag]]) -> str:
    """Changes when a row of the page comes, goes or looks different; and when there is more or less around it."""
    rows = [(friend.id, friend.updated_at, [tag.name for tag in tags.get(friend.id, ())]) for friend in page.rows]
    return sha256(repr((rows, page.next is None, page.previous is None)).encode()).hexdigest()[:16]


def tags_of(friend_ids: Iterable[int]) -> Mapping[int, Sequence[Tag]]:
    """The tags of these friends by name; friends without any are not in it."""
    query = (
        select(FriendTag.friend_id, Tag)
        .join(Tag, Tag.id == FriendTag.tag_id)
        .where(FriendTag.friend_id.in_(list(friend_ids)), Tag.deleted_at.is_(None))
        .order_by(Tag.name, Tag.id)
    )
    tags: defaultdict[int, list[Tag]] = defaultdict(list)
    for friend_id, tag in db.session.execute(query):
        tags[friend_id].append(tag)
    return tags


def _fitting(
    wanted: FriendFilter, words: Sequence[Word], order: Order, within: list[Condition], backwards: bool, limit: int
) -> Sequence[Friend]:
    """Friends that fit the filter: from the first rows of the order while that promises to do, else from all."""
    for reach in WALKS:
        walked = _walked(wanted, order, within, backwards, reach)
        fits = select(walked.c.id, walked.c.place).where(*tests(wanted, words, walked))
        found = _load(fits.order_by(*order.sorting(backwards, walked)).limit(limit), order, backwards)
        if len(found) == limit:
            return found
        if len(found) * WALKS[1] < limit * WALKS[0]:
            break
    fitting = select(FRIENDS.c.id, order.place).where(*within, *indexed(wanted, words))
    all_of_them = fitting.cte("fitting").prefix_with("MATERIALIZED")
    page = select(all_of_them).order_by(*order.sorting(backwards, all_of_them)).limit(limit)
    return _load(page, order, backwards)


def _walked(wanted: FriendFilter, order: Order, within: list[Condition], backwards: bool, reach: int) -> FromClause:
    """The first rows of the order; of one status alone where the index is sorted by status first."""
    is_by_status = order.column == "followed_at" and len(wanted.statuses) == 1
    status = [FRIENDS.c.follow_status == wanted.statuses[0]] if is_by_status else []
    rows = select(FRIENDS, order.place).where(*within, *status).order_by(*order.sorting(backwards))
    return rows.limit(reach).subquery("walked")


def _load(page: Select[Any], order: Order, backwards: bool) -> Sequence[Friend]:
    """The friends whose id and place this finds, in their order."""
    found = page.subquery("page")
    query = _friends(order).join(found, found.c.id == Friend.id).order_by(*order.sorting(backwards, found))
    return db.session.scalars(query).all()


def _friends(order: Order) -> Select[Any]:
    """Whole friends, with the column that the order's keys are made of."""
    return select(Friend).options(undefer(getattr(Friend, order.column)))


def _in_time(query: Select[Any]) -> int | None:
    """The one number this asks for; None when it takes too long. The savepoint takes the time limit away again."""
    attempt = db.session.begin_nested()
    try:
        db.session.execute(text(f"SET LOCAL statement_timeout = '{COUNT_SECONDS}s'"))
        return int(db.session.scalars(query).one())
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", None) != "57014":
            raise
        return None
    finally:
        if attempt.is_active:
            attempt.rollback()
