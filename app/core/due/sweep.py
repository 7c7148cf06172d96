"""The sweep: wakes a worker for what is due, because a wake-up may be lost and a worker may die."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, func, not_, select, true, update
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import database_now
from app.core.db import db, selected_once
from app.core.due.registry import DUE_KINDS, LONG_WAITS, SWEPT, DueKind

log = structlog.get_logger(__name__)
A_DAY = timedelta(days=1)


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
    _draw_in(kind)
    rows = db.session.execute(kind.to_wake()).all()
    db.session.rollback()
    for row in rows:
        kind.wake_for(row)
    return len(rows)


def _is_drawn_in(kind: DueKind) -> ColumnElement[bool]:
    """Return the condition of rows that may not be put off for long, or are put off for longer than a service asks."""
    reason = kind.model.__table__.c.get(kind.reason or f"{kind.prefix}reason")
    if reason is None:
        return true()
    may_wait = func.coalesce(reason, "").in_(sorted(LONG_WAITS))
    return not_(may_wait) | (kind.column("due_at") > database_now(2 * A_DAY))


def _draw_in(kind: DueKind) -> None:
    """Make rows due that are further ahead than the kind's longest wait: the clock was set back since."""
    if kind.longest_wait is None:
        return
    due_at = kind.column("due_at")
    where: list[ColumnElement[bool]] = [due_at > database_now(2 * kind.longest_wait), _is_drawn_in(kind)]
    where.append(due_at.is_not(None) if kind.waiting is None else kind.waiting)
    if kind.partition is not None:
        # The index begins with the part.
        where.append(kind.partition[0].in_(kind.partition[1]))
    late = select(kind.id).where(*where).limit(SWEPT).with_for_update(key_share=True, skip_locked=True)
    statement = update(kind.model.__table__).where(kind.id == selected_once(late)).values({due_at.name: database_now()})
    if db.session.execute(statement).rowcount:  # type: ignore[attr-defined]
        log.warning("due.clock_was_set_back", kind=kind.name)
        db.session.commit()
