"""What LINE sent: the list with its filters, one event in full, and replay."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.i18n import _, ngettext
from app.core.pages import TIME_ORDERS, PagePosition, time_order
from app.core.values.dates import day_in_address
from app.line import queries
from app.line.access import get_account
from app.line.labels import EVENT_STATES, EVENT_TYPES
from app.line.models import Account, WebhookEvent
from app.line.operations import webhook_events
from app.line.queries import EventFilter
from app.line.source_names import SourceName, source_names
from app.team.permissions import Permission, current_actor, me, requires

blueprint = Blueprint("webhook_events", __name__, url_prefix="/accounts/<int:account_id>/webhook-events")


@blueprint.get("")
@requires(Permission.SETTINGS)
def index(account_id: int) -> Response:
    account = get_account(account_id)
    return htmx.render("line/webhook_events/index.html", "line/webhook_events/_list.html", **_context(account))


@blueprint.get("/<int:event_id>")
@requires(Permission.SETTINGS)
def show(account_id: int, event_id: int) -> Response:
    account = get_account(account_id)
    event = queries.webhook_event(account.id, event_id)
    return htmx.render(
        "line/webhook_events/show.html",
        "line/webhook_events/_event.html",
        account=account,
        event=event,
        names=_names(account, [event]),
        payload=json.dumps(event.payload, indent=2, ensure_ascii=False),
        states=EVENT_STATES,
        types=EVENT_TYPES,
    )


@blueprint.post("/<int:event_id>/replay")
@requires(Permission.SETTINGS)
def replay(account_id: int, event_id: int) -> Response:
    account = get_account(account_id)
    webhook_events.replay(account, queries.webhook_event(account.id, event_id), actor=current_actor())
    return htmx.go(
        url_for("webhook_events.show", account_id=account.id, event_id=event_id),
        toast=_("The event is processed again."),
    )


@blueprint.post("/replay")
@requires(Permission.SETTINGS)
def replay_failed(account_id: int) -> Response:
    account = get_account(account_id)
    count = webhook_events.replay_failed(account, actor=current_actor())
    return htmx.go(
        url_for("webhook_events.index", account_id=account.id),
        toast=ngettext("%(num)s event is processed again.", "%(num)s events are processed again.", count),
    )


def _context(account: Account) -> dict[str, Any]:
    wanted = _wanted()
    place, order = PagePosition.asked_by(request.args), time_order(request.args)
    events = queries.webhook_events(account.id, wanted, place, oldest=order.is_oldest_first)
    filtered = {name: str(value) for name, value in asdict(wanted).items() if value}
    args = {**filtered, **place.chosen, "sort": order.name}
    return {
        "account": account,
        "events": events,
        "names": _names(account, events.rows),
        "order": order,
        "orders": TIME_ORDERS,
        "wanted": wanted,
        "args": {"account_id": account.id, **args},
        "is_filtered": bool(filtered),
        # The newest page tells by itself what arrives.
        "is_live": not place.after and not place.before,
        "failed": queries.failed_events(account.id),
        "counted": queries.COUNTED,
        "states": EVENT_STATES,
        "types": EVENT_TYPES,
    }


def _names(account: Account, events: Sequence[WebhookEvent]) -> dict[str, SourceName]:
    """Return the names of those from whom the events came, as far as the member may see them."""
    return source_names(account.id, {event.source_id for event in events if event.source_id}, me().may)


def _wanted() -> EventFilter:
    asked = request.args
    source = asked.get("source", "").strip()
    days = (day_in_address(asked.get(name, "")) for name in ("since", "until"))
    return EventFilter(asked.get("type", ""), asked.get("state", ""), source, *days)
