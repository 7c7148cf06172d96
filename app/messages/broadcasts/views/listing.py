"""The list of broadcasts, and what can be done with its rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.identifiers import row_number
from app.core.pages import Order, PagePosition, placed, searched
from app.line.access import get_account
from app.messages.broadcasts.list_rows import lines_of
from app.messages.broadcasts.models import BroadcastState
from app.messages.broadcasts.operations.drafts import delete_draft, duplicate
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.queries.listing import (
    ORDERS,
    USUAL_ORDER,
    BroadcastScope,
    broadcasts_page,
    count_broadcasts,
)
from app.messages.broadcasts.queries.rules import rules_of
from app.messages.broadcasts.views.blueprint import blueprint
from app.segments.queries.segments import all_segments
from app.team.permissions import Permission, current_actor, requires, requires_any

# What the filter of states calls drafts that wait for a second confirmation.
SECOND = "second"


@dataclass(frozen=True)
class BroadcastListParams:
    """What is listed, in which order, and which page of it."""

    scope: BroadcastScope
    order: Order
    place: PagePosition

    @property
    def args(self) -> dict[str, Any]:
        """Return query parameters for the first page of this list."""
        values = {
            "search": self.scope.search,
            "state": SECOND if self.scope.awaits_second else self.scope.state,
            "segment": self.scope.segment_id,
            "sort": "" if self.order == USUAL_ORDER else self.order.name,
            "size": self.place.size,
        }
        return {"account_id": self.scope.account_id, **{name: value for name, value in values.items() if value}}


@blueprint.get("")
@requires_any(Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS)
def index(account_id: int) -> Response:
    account, asked = get_account(account_id), asked_list(account_id)
    found = placed(broadcasts_page(asked.scope, asked.order, **asked.place.keys), asked.place)
    return htmx.render(
        "messages/broadcasts/index.html",
        "messages/broadcasts/_list.html",
        account=account,
        asked=asked,
        orders=ORDERS,
        segments=all_segments(account_id),
        offers_second=asked.scope.awaits_second or rules_of(account_id).needs_second,
        found=found,
        lines=lines_of(account_id, found.rows),
        number=count_broadcasts(asked.scope),
        total=count_broadcasts(BroadcastScope(account_id)),
    )


@blueprint.post("/<int:broadcast_id>/copy")
@requires(Permission.BROADCASTS)
def copy(account_id: int, broadcast_id: int) -> Response:
    """Make a draft like it, and open that."""
    account = get_account(account_id)
    made = duplicate(account.id, broadcast_id, actor=current_actor())
    url = url_for("broadcasts.edit", account_id=account.id, broadcast_id=made.id)
    return htmx.go(url, toast=_("This is a copy, as a draft without a time."))


@blueprint.get("/<int:broadcast_id>/removal")
@requires(Permission.BROADCASTS)
def removal(account_id: int, broadcast_id: int) -> Response:
    """Ask whether to delete a draft."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    return htmx.render(
        "messages/broadcasts/removal.html",
        "messages/broadcasts/_removal.html",
        account=account,
        broadcast=broadcast,
        in_dialog=htmx.is_fragment(),
    )


@blueprint.post("/<int:broadcast_id>/removal")
@requires(Permission.BROADCASTS)
def remove(account_id: int, broadcast_id: int) -> Response:
    account = get_account(account_id)
    deleted = delete_draft(account.id, broadcast_id, actor=current_actor())
    htmx.toast(_("The draft “%(name)s” was deleted.", name=deleted.name))
    if not htmx.is_fragment():
        return htmx.go(url_for("broadcasts.index", account_id=account.id))
    return htmx.with_trigger(htmx.render("messages/broadcasts/_removal_none.html"), "broadcasts-changed")


def asked_list(account_id: int) -> BroadcastListParams:
    """Read from the address what is listed."""
    given = request.args
    state = next((one for one in BroadcastState if one == given.get("state")), None)
    scope = BroadcastScope(
        account_id,
        searched(given.get("search", "")),
        state,
        row_number(given.get("segment", "")) or None,
        awaits_second=given.get("state") == SECOND,
    )
    return BroadcastListParams(scope, ORDERS.get(given.get("sort", ""), USUAL_ORDER), PagePosition.asked_by(given))
