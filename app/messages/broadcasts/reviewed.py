"""Keep what a review has counted, for lists of drafts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import update

from app.core.clock import now
from app.core.db import db, optional_write
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.segments.queries.counting import Numbers


def counted_now(numbers: Numbers, capped: int) -> dict[str, Any]:
    """Return the numbers of an audience as a broadcast keeps them; so many reachable people the frequency cap stops."""
    counts = {"friends": numbers.friends, "reachable": numbers.reachable, "blocked": numbers.blocked}
    counts["capped"] = capped
    return {**counts, "at": now().isoformat()}


def expected(reviewed: Mapping[str, Any]) -> int:
    """Return how many people the broadcast would have been sent to at its review."""
    return int(reviewed["reachable"]) - int(reviewed.get("capped", 0))


def note_review(broadcast: Broadcast, numbers: Numbers, capped: int) -> None:
    """Keep the numbers of a draft of which no one has confirmed others; a page that is only read does without."""
    kept = broadcast.reviewed or {}
    is_known = (kept.get("reachable"), kept.get("capped")) == (numbers.reachable, capped)
    if not broadcast.is_draft or broadcast.confirmed_at or is_known:
        return
    same = Broadcast.id == broadcast.id, Broadcast.version == broadcast.version
    is_open = Broadcast.state == BroadcastState.DRAFT, Broadcast.confirmed_at.is_(None)
    with optional_write():
        db.session.execute(update(Broadcast).where(*same, *is_open).values(reviewed=counted_now(numbers, capped)))
