"""Query parameters of the friends list: filter, order and position."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from flask import request

from app.core.errors import Conflict, NotFound
from app.core.i18n import Text, sentences
from app.core.identifiers import row_number
from app.core.pages import FIRST_PAGE, Order, PagePosition
from app.friends.columns import ListColumn, columns_named
from app.friends.filters import ANY, FriendFilter, from_text
from app.friends.friend_sets import FriendSet, find_set, what_became_of
from app.friends.list_models import ListView
from app.friends.models import Tag
from app.friends.queries.list_views import KeptOfList, find_view, kept_of_list
from app.friends.queries.orders import ORDERS
from app.friends.queries.tags import tags_by_id
from app.line.access import get_account
from app.team.permissions import check_any, me

NEWEST = "newest"


class SetsGone(Conflict):
    """What narrowed the list is gone, as the message says; `rest` are query parameters of the list without it."""

    def __init__(self, message: Text, rest: dict[str, Any]) -> None:
        super().__init__(message)
        self.rest = rest


@dataclass(frozen=True)
class FriendListParams:
    """Filter, order and position from an address; `tags` are the existing tags filtered by, `sets` the sets by key."""

    account_id: int
    filter: FriendFilter
    order: Order
    tags: Sequence[Tag]
    place: PagePosition = FIRST_PAGE
    sets: Mapping[str, FriendSet] = field(default_factory=dict)
    # The member's view that is open.
    view: ListView | None = None

    @property
    def args(self) -> dict[str, Any]:
        """Return query parameters for the first page of this list."""
        view = {"view": self.view.id} if self.view else {}
        return {"account_id": self.account_id, **self.kept_args, **view}

    @property
    def kept_args(self) -> dict[str, Any]:
        """Return what a view keeps: filter, order and size."""
        chosen = {"sort": "" if self.order.name == NEWEST else self.order.name, "size": self.place.size}
        return {**self.filter.as_args(), **{name: value for name, value in chosen.items() if value}}

    @cached_property
    def kept(self) -> KeptOfList:
        """Return what the member keeps of the account's list."""
        return kept_of_list(self.account_id, me().id)

    @cached_property
    def columns(self) -> list[ListColumn]:
        """Return the columns of the view that is open, or those that the member has chosen."""
        return columns_named(self.account_id, (self.view or self.kept).columns)

    def without_set(self, key: str) -> dict[str, Any]:
        """Return query parameters for the same list of friends in this set or not."""
        return self.with_sets(lambda one: one != key)

    def with_sets(self, keeps: Callable[[str], bool], *more: str) -> dict[str, Any]:
        """Return query parameters for the same list, narrowed to those of its sets that are kept, and to more."""
        among = tuple(dict.fromkeys((*filter(keeps, self.filter.among), *more)))
        return replace(self, filter=replace(self.filter, among=among)).args

    def without_tag(self, tag_id: int) -> dict[str, Any]:
        """Return query parameters for the same list without this tag."""
        rest = tuple(one for one in self.filter.tag_ids if one != tag_id)
        return replace(self, filter=replace(self.filter, tag_ids=rest)).args


def parse_list_params(account_id: int) -> FriendListParams:
    """Read the query parameters, or those that a form sent along; raises InvalidInput for values that no link has.

    Raises SetsGone where a set was deleted, NotFound for one that never was, and NotAllowed for one that the member may
    not see.
    """
    given = request.values
    filtered = from_text(
        given.get("search", ""),
        given.getlist("status"),
        given.getlist("tag"),
        given.get("match", ANY),
        given.getlist("among"),
    )
    sets, gone = _sets(account_id, filtered.among)
    tags = tags_by_id(account_id, filtered.tag_ids)
    filtered = replace(filtered, tag_ids=tuple(sorted(tag.id for tag in tags)), among=tuple(sets))
    order = ORDERS.get(given.get("sort", ""), ORDERS[NEWEST])
    number = row_number(given.get("view", ""))
    view = find_view(account_id, me().id, number) if number is not None else None
    params = FriendListParams(account_id, filtered, order, tags, PagePosition.asked_by(given), sets, view)
    if gone:
        raise SetsGone(sentences(gone), params.args)
    return params


def _sets(account_id: int, keys: Sequence[str]) -> tuple[dict[str, FriendSet], list[Text]]:
    """Return the sets of these keys, and what became of those that are gone."""
    sets, gone = dict[str, FriendSet](), list[Text]()
    for key in keys:
        found = find_set(account_id, key)
        if found is None:
            gone.append(_past(account_id, key))
        else:
            check_any(*found.readers)
            sets[key] = found
    return sets, gone


def _past(account_id: int, key: str) -> Text:
    past = what_became_of(get_account(account_id).id, key)
    if past is None:
        raise NotFound
    return past
