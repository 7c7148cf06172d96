"""What the address of a list of a broadcast's people asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from app.core.errors import NotFound
from app.core.i18n import Text, _
from app.core.identifiers import row_number
from app.core.pages import Order, PagePosition, searched
from app.friends.filters import FriendFilter
from app.friends.queries.orders import ORDERS, USUAL_ORDER
from app.messages.broadcasts.models import BroadcastState
from app.messages.broadcasts.people_words import WORDS, set_words
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
    send_id, place = row_number(given.get("send", "")), given.get("place", "")
    choice = choice_of(broadcast, kind, send_id, place, given.get("part", ""))
    if choice is None:
        raise NotFound
    search = searched(given.get("search", "")) if me().may(Permission.FRIENDS) else ""
    wanted = FriendFilter(search=search, among=(choice.key,))
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
        "part": _part_words(choice),
    }


def _part_words(choice: PeopleChoice) -> Text:
    """Return which message set of an A/B test the number is of; empty where it is of both."""
    broadcast = choice.broadcast
    if choice.part is not None:
        return set_words(choice.part, broadcast.winner or "")
    if broadcast.content_b is None or choice.send_id is None:
        return ""
    letter = "B" if choice.send_id == broadcast.tracked_send_b_id else "A"
    return _("Message set %(letter)s", letter=letter)
