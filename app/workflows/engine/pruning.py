"""Remove runs that ended long ago. What was counted, and what friends finished and answered, is kept elsewhere."""

from __future__ import annotations

import time
from datetime import timedelta

from sqlalchemy import text

from app.core import shutdown
from app.core.clock import now
from app.core.db import db

# Runs in one transaction, and seconds after which the rest is left for the next time.
AT_ONCE, SITTING_SECONDS = 2_000, 60
_PRUNE = text("""
    DELETE FROM workflow_runs WHERE id IN (
        SELECT id FROM workflow_runs WHERE ended_at < :before ORDER BY ended_at LIMIT :at_once
        FOR UPDATE SKIP LOCKED)
""")


def prune(keep_days: int, events_keep_days: int) -> int:
    """Remove runs that ended so many days ago, with their steps, in batches; returns how many went.

    They stay for as long as the events that started them, which may be told again.
    """
    before = now() - timedelta(days=max(keep_days, events_keep_days))
    until, removed = time.monotonic() + SITTING_SECONDS, 0
    while count := _prune_batch(before):
        removed += count
        if time.monotonic() > until or shutdown.is_requested():
            break
    return removed


def _prune_batch(before: object) -> int:
    found = db.session.execute(_PRUNE, {"before": before, "at_once": AT_ONCE})
    db.session.commit()
    return int(found.rowcount)  # type: ignore[attr-defined]
