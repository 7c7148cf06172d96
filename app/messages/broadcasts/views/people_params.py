"""What the address of a list of a broadcast's people asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from app.core.errors import NotFound
from app.core.identifiers import row_number
from app.core.pages import Order, PagePosition, searched
from app.friends.filters import FriendFilter
from app.friends.queries.orders import ORDERS, USUAL_ORDER
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.messages.broadcasts.people_words import WORDS
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.queries.choice import PeopleChoice, choice_of, target_of
from app.team.permissions import Permission, me


@dataclass(frozen=True)
class PeopleListParams:
    """The number, the filter of friends that it makes together with the search, order and position."""

    choice: PeopleChoice
    filter: FriendFilter
    order: Order
    place: PagePosition

    @property
    def args(self) -> dict[str, Any]:
        """Return the values of the address of the first page."""
        sort = "" if self.order == USUAL_ORDER else self.order.name
        chosen = {"search": self.filter.search, "sort": sort, "size": self.place.size}
        return self.choice.args | {name: value for name, value in chosen.items() if value}

    @property
    def is_moving(self) -> bool:
        """Return whether the people may change within seconds."""
        return self.choice.broadcast.state == BroadcastState.SENDING


def asked_people(account_id: int, broadcast_id: int, kind: str) -> PeopleListParams:
    """Read which people are asked for; raises NotFound for a number that the broadcast does not have.

    Members who may not see friends search for no one, since the count of what is found would tell who is among them.
    """
    given, broadcast = request.args, get_broadcast(account_id, broadcast_id)
    choice = choice_of(broadcast, kind, row_number(given.get("send", "")), given.get("place", ""))
    if choice is None:
        raise NotFound
    search = searched(given.get("search", "")) if me().may(Permission.FRIENDS) else ""
    wanted = FriendFilter(search=search, among=choice.key)
    order = ORDERS.get(given.get("sort", ""), USUAL_ORDER)
    return PeopleListParams(choice, wanted, order, PagePosition.asked_by(given))


def heading_of(params: PeopleListParams) -> dict[str, Any]:
    """Return the context that says which number of which broadcast it is."""
    choice = params.choice
    return {
        "broadcast": choice.broadcast,
        "params": params,
        "words": WORDS[choice.kind],
        "target": target_of(choice),
        "variant": _variant(choice.broadcast, choice.send_id),
    }


def _variant(broadcast: Broadcast, send_id: int | None) -> str:
    """Return the letter of the message set of an A/B test; empty where the number is of both."""
    if broadcast.content_b is None or send_id is None:
        return ""
    return "B" if send_id == broadcast.tracked_send_b_id else "A"
