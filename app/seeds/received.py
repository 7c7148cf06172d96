"""The webhook events that LINE would have sent for a shop's story, as processed ones of the list of received events."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import insert

from app.core.db import db
from app.line.models import EventState, WebhookEvent
from app.seeds.story import Life, Moment

# What LINE calls the event of a moment.
TYPES = {"followed": "follow", "blocked": "unfollow", "returned": "follow", "wrote": "message", "tapped": "postback"}


def keep_received(account_id: int, lives: Sequence[Life]) -> None:
    """Store the events of these people's moments as received, and processed, at those moments; the caller commits."""
    rows = [_row(account_id, life.person.user_id, moment) for life in lives for moment in life.moments]
    db.session.execute(insert(WebhookEvent), rows)


def _row(account_id: int, user_id: str, moment: Moment) -> dict[str, Any]:
    event_id = hashlib.sha256(f"{user_id} {moment.kind} {moment.at.isoformat()}".encode()).hexdigest()[:26].upper()
    payload = {
        "type": TYPES[moment.kind],
        "mode": "active",
        "timestamp": int(moment.at.timestamp() * 1000),
        "source": {"type": "user", "userId": user_id},
        "webhookEventId": event_id,
        "deliveryContext": {"isRedelivery": False},
        **_content(moment),
    }
    return {
        "account_id": account_id,
        "event_id": event_id,
        "type": TYPES[moment.kind],
        "source_id": user_id,
        "occurred_at": moment.at,
        "received_at": moment.at,
        "processed_at": moment.at,
        "payload": payload,
        "state": EventState.PROCESSED,
    }


def _content(moment: Moment) -> dict[str, Any]:
    match moment.kind:
        case "wrote":
            return {"message": moment.data}
        case "tapped":
            return {"postback": {"data": moment.data["data"]}}
        case "followed" | "returned":
            return {"follow": {"isUnblocked": moment.kind == "returned"}}
    return {}
