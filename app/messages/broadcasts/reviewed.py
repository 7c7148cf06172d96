"""Keep what a review has counted, for lists of drafts."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from app.core.clock import now
from app.core.db import db, optional_write
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.segments.queries.counting import Numbers


def counted_now(numbers: Numbers) -> dict[str, Any]:
    """Return the numbers of an audience as a broadcast keeps them."""
    counts = {"friends": numbers.friends, "reachable": numbers.reachable, "blocked": numbers.blocked}
    return {**counts, "at": now().isoformat()}


def note_review(broadcast: Broadcast, numbers: Numbers) -> None:
    """Keep the numbers of a draft of which no one has confirmed others; a page that is only read does without."""
    kept = broadcast.reviewed or {}
    if not broadcast.is_draft or broadcast.confirmed_at or kept.get("reachable") == numbers.reachable:
        return
    same = Broadcast.id == broadcast.id, Broadcast.version == broadcast.version
    is_open = Broadcast.state == BroadcastState.DRAFT, Broadcast.confirmed_at.is_(None)
    with optional_write():
        db.session.execute(update(Broadcast).where(*same, *is_open).values(reviewed=counted_now(numbers)))
