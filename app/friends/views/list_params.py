"""Query parameters of the friends list: filter, order and position."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import request

from app.core.errors import NotFound
from app.core.pages import FIRST_PAGE, Order, PagePosition
from app.friends.filters import ANY, FriendFilter, from_text
from app.friends.friend_sets import FriendSet, find_set
from app.friends.models import Tag
from app.friends.queries.orders import ORDERS
from app.friends.queries.tags import tags_by_id
from app.team.permissions import check_any

NEWEST = "newest"


@dataclass(frozen=True)
class FriendListParams:
    """Filter, order and position from an address; `tags` are the existing tags filtered by, `friend_set` the set."""

    account_id: int
    filter: FriendFilter
    order: Order
    tags: Sequence[Tag]
    place: PagePosition = FIRST_PAGE
    friend_set: FriendSet | None = None

    @property
    def args(self) -> dict[str, Any]:
        """Return query parameters for the first page of this list."""
        chosen = {"sort": "" if self.order.name == NEWEST else self.order.name, "size": self.place.size}
        beside = {name: value for name, value in chosen.items() if value}
        return {"account_id": self.account_id, **self.filter.as_args(), **beside}

    @property
    def without_set(self) -> dict[str, Any]:
        """Return query parameters for the same list of all friends."""
        return replace(self, filter=replace(self.filter, among="")).args

    def without_tag(self, tag_id: int) -> dict[str, Any]:
        """Return query parameters for the same list without this tag."""
        rest = tuple(one for one in self.filter.tag_ids if one != tag_id)
        return replace(self, filter=replace(self.filter, tag_ids=rest)).args


def parse_list_params(account_id: int) -> FriendListParams:
    """Read the query parameters, or those that a form sent along; raises InvalidInput for values that no link has.

    Raises NotFound for a set that does not exist, and NotAllowed for one that the member may not see.
    """
    given = request.values
    among = given.get("among", "")
    friend_set = find_set(account_id, among)
    if among and friend_set is None:
        raise NotFound
    if friend_set is not None:
        check_any(*friend_set.readers)
    filtered = from_text(
        given.get("search", ""), given.getlist("status"), given.getlist("tag"), given.get("match", ANY), among
    )
    tags = tags_by_id(account_id, filtered.tag_ids)
    filtered = replace(filtered, tag_ids=tuple(sorted(tag.id for tag in tags)))
    order = ORDERS.get(given.get("sort", ""), ORDERS[NEWEST])
    return FriendListParams(account_id, filtered, order, tags, PagePosition.asked_by(given), friend_set)
