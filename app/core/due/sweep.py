"""The sweep: wakes a worker for what is due, because a wake-up may be lost and a worker may die."""

from __future__ import annotations

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.core.due.registry import DUE_KINDS, DueKind

log = structlog.get_logger(__name__)


def sweep() -> int:
    """Wake workers for everything that is due; returns how often. A kind that cannot be looked at stops no other."""
    woken = 0
    for kind in DUE_KINDS.values():
        try:
            woken += sweep_kind(kind)
        except SQLAlchemyError:
            db.session.rollback()
            log.exception("due.sweep_failed", kind=kind.name)
    return woken


def sweep_kind(kind: DueKind) -> int:
    """Wake workers for one kind; returns how often."""
    rows = db.session.execute(kind.to_wake()).all()
    db.session.rollback()
    for row in rows:
        kind.wake_for(row)
    return len(rows)
