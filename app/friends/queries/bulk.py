"""Bulk changes that a page still shows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import or_, select

from app.core.clock import database_now
from app.core.db import db
from app.core.runs.models import ACTIVE, Run
from app.friends.operations.bulk import BULK_TAGS

# How long the result of a finished one stays on the list.
REMEMBERED = timedelta(minutes=5)


def recent_bulk_runs(account_id: int) -> Sequence[Run]:
    """Return changes that are under way or ended a few minutes ago, the newest first."""
    fresh = or_(Run.state.in_(ACTIVE), Run.finished_at > database_now(-REMEMBERED))
    query = select(Run).where(Run.kind == BULK_TAGS, Run.subject_id == account_id, fresh)
    return db.session.scalars(query.order_by(Run.id.desc()).limit(5)).all()
