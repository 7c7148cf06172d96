"""Broadcasts and their results as programs read them."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.core import error_messages
from app.core.templating import iso
from app.messages.broadcasts.models import Broadcast, PartOfTest, RecipientState
from app.messages.broadcasts.queries.line_figures import line_figures
from app.messages.broadcasts.queries.results import BroadcastFigures
from app.messages.content.message_set import read, write

PEOPLE = ("recipients", "sent", "delivered", "refused", "unknown", "not_sent", "waiting", "opened", "clicked")
AFTERWARDS = ("clicks", "replied", "blocked")
RATES = ("delivery_rate", "open_rate", "click_rate", "reply_rate", "block_rate")
REVIEWED = ("friends", "reachable", "blocked")


def summary(one: Broadcast) -> dict[str, Any]:
    """Return what a list says of a broadcast."""
    begun = bool(one.started_at)
    return {
        "id": one.id,
        "url": _address("show", one),
        "results_url": _address("results", one) if begun else None,
        "reference": one.reference,
        "name": one.name,
        "state": one.state,
        "reason": _reason(one),
        "version": one.version,
        "scheduled_at": iso(one.scheduled_at) or None,
        "time_zone": one.time_zone,
        "reserved_units": one.reserved_units,
        "audience": one.audience,
        "reviewed": _numbers(one.reviewed),
        "frozen": _numbers(one.frozen),
        "people": {state.value: int(one.counts.get(state.value, 0)) for state in RecipientState} if begun else None,
        "created_at": iso(one.created_at),
        "updated_at": iso(one.updated_at),
        "confirmed_at": iso(one.confirmed_at) or None,
        "started_at": iso(one.started_at) or None,
        "finished_at": iso(one.finished_at) or None,
    }


def resource(one: Broadcast) -> dict[str, Any]:
    """Return everything that is stored of a broadcast, with its messages."""
    return summary(one) | {
        "tracking": one.tracking,
        "late_policy": one.late_policy,
        "late_hours": one.late_hours,
        "spread_minutes": one.spread_minutes,
        "content": write(read(one.content)),
        "content_b": None if one.content_b is None else write(read(one.content_b)),
        "test_share": one.test_share,
        "winner_after_hours": one.winner_after_hours,
        "winner": one.winner,
    }


def results_of(one: Broadcast, figures: BroadcastFigures) -> dict[str, Any]:
    """Return the figures of a broadcast that has begun; what cannot be known is null."""
    line = line_figures(one)
    told = None if line is None or line.told_at is None else {"opened": line.opened, "clicked": line.clicked}
    return {
        "id": one.id,
        "state": one.state,
        "cost_yen": one.cost,
        **{name: getattr(figures, name) for name in (*PEOPLE, *AFTERWARDS, *RATES)},
        "links": [
            {"place": link.place, "target": link.target, "variant": link.variant}
            | {"people": link.people, "clicks": link.clicks}
            for link in figures.links
        ],
        "hours": [{"hour": hour.number + 1, "loads": hour.loads, "clicks": hour.clicks} for hour in figures.hours],
        "variants": [
            {
                "part": "rest" if one.part is PartOfTest.REST else "test",
                "variant": one.variant,
                "sent": one.sent,
                "delivered": one.delivered,
                "opened": one.opened,
                "clicked": one.clicked,
                "clicks": one.clicks,
            }
            for one in figures.variants
        ],
        "line": told and told | {"told_at": iso(line.told_at) if line else None},
    }


def _numbers(stored: dict[str, Any] | None) -> dict[str, int] | None:
    return None if stored is None else {name: stored[name] for name in REVIEWED}


def _reason(one: Broadcast) -> dict[str, str] | None:
    if one.reason is None:
        return None
    return {"code": one.reason, "message": str(error_messages.sentence(one.reason, one.reason_values))}


def _address(name: str, one: Broadcast) -> str:
    return url_for(f"broadcasts_api.{name}", account_id=one.account_id, broadcast_id=one.id)
