"""The orders in which friends are listed."""

from __future__ import annotations

from app.core.i18n import _l
from app.core.pages import Order, by_name, by_time
from app.friends.models import ACTIVE, ADDED

ORDERS = {
    order.name: order
    for order in (
        Order("newest", _l("Newest friends first"), "followed_at", ADDED, by_time, descending=True),
        Order("oldest", _l("Oldest friends first"), "followed_at", ADDED, by_time),
        Order("name", _l("By name"), "name_sort", "name_sort", by_name),
        Order("name_down", _l("By name, backwards"), "name_sort", "name_sort", by_name, descending=True),
        Order("active", _l("Last active first"), "last_activity_at", ACTIVE, by_time, descending=True),
    )
}
# What a list has whose reader chooses none.
USUAL_ORDER = ORDERS["newest"]
