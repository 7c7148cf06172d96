"""Delete old links, sessions and audit entries."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import delete, or_, select

from app.core import shutdown
from app.core.clock import now
from app.core.db import db, selected_once
from app.team.models import AuditEntry, MemberLink, MemberSession

# A dead link is kept for a while, so that opening it says what happened instead of "unknown".
LINK_DAYS = 30
BATCH = 5_000


def prune(audit_days: int, session_days: int, session_max_days: int) -> int:
    """Delete old links, sessions and audit entries; commits; returns how many.

    Links died a month ago; sessions were unused for `session_days` or began `session_max_days` ago.
    """
    links = delete(MemberLink).where(MemberLink.expires_at < now() - timedelta(days=LINK_DAYS))
    deleted = len(db.session.scalars(links.returning(MemberLink.id)).all())
    unused, old = now() - timedelta(days=session_days), now() - timedelta(days=session_max_days)
    sessions = delete(MemberSession).where(or_(MemberSession.used_at < unused, MemberSession.created_at < old))
    deleted += len(db.session.scalars(sessions.returning(MemberSession.id)).all())
    db.session.commit()
    return deleted + _prune_entries(audit_days)


def _prune_entries(days: int) -> int:
    """In batches, so that no lock is long; a worker that is told to end leaves the rest for the next time."""
    old = select(AuditEntry.id).where(AuditEntry.at < now() - timedelta(days=days)).order_by(AuditEntry.at)
    deleted = 0
    while True:
        batch = delete(AuditEntry).where(AuditEntry.id == selected_once(old.limit(BATCH))).returning(AuditEntry.id)
        count = len(db.session.scalars(batch).all())
        db.session.commit()
        deleted += count
        if count < BATCH or shutdown.is_requested():
            return deleted
