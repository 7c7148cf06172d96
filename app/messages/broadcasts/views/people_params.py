"""What the address of a list of a broadcast's people asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.core.pages import Order, PagePosition
from app.friends.filters import FriendFilter
from app.friends.queries.orders import USUAL_ORDER
from app.messages.broadcasts.models import BroadcastState
from app.messages.broadcasts.queries.choice import PeopleChoice


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
