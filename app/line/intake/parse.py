"""Parse a request's body into rows: only what storing needs is read, with defaults for missing or odd values."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core import lenient_json
from app.core.clock import told_moment

# LINE's ids and words have 33 characters at most; much longer ones fit into no index.
LONGEST = 255


class Unreadable(Exception):
    """The body is no JSON object: LINE never sends that."""


@dataclass(frozen=True)
class ReceivedEvent:
    """One event, ready to be stored."""

    event_id: str
    type: str
    source_id: str
    occurred_at: datetime
    is_redelivery: bool
    payload: dict[str, Any]


def parse_request(body: bytes, received_at: datetime) -> tuple[str | None, list[ReceivedEvent]]:
    """Return the destination and the events; raises Unreadable."""
    try:
        content = lenient_json.loads(body)
    except ValueError as error:
        raise Unreadable from error
    if not isinstance(content, dict):
        raise Unreadable
    events = [item for item in lenient_json.items(content, "events") if isinstance(item, dict)]
    return lenient_json.text(content, "destination"), [_arrival(event, received_at) for event in events]


def _arrival(event: dict[str, Any], received_at: datetime) -> ReceivedEvent:
    source = lenient_json.mapping(event, "source")
    return ReceivedEvent(
        event_id=_own_id(event) or _derived_id(event),
        type=(lenient_json.text(event, "type") or "unknown")[:LONGEST],
        source_id=source_id(source)[:LONGEST],
        occurred_at=told_moment(lenient_json.number(event, "timestamp"), received_at),
        is_redelivery=lenient_json.flag(lenient_json.mapping(event, "deliveryContext"), "isRedelivery"),
        payload=event,
    )


def source_id(source: dict[str, Any]) -> str:
    """Return the source within which order is kept: group, room or person; empty when there is none."""
    for name in ("groupId", "roomId", "userId"):
        if found := lenient_json.text(source, name):
            return found
    return ""


def _own_id(event: dict[str, Any]) -> str | None:
    found = lenient_json.text(event, "webhookEventId")
    return found if found and len(found) <= LONGEST else None


def _derived_id(event: dict[str, Any]) -> str:
    """Return an id from the content, the same for a repetition of the event."""
    content = {name: value for name, value in event.items() if name != "deliveryContext"}
    return "derived-" + hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
