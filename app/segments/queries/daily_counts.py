"""How many friends a segment had, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select

from app.core.db import db
from app.core.i18n import today
from app.segments.models import SegmentCount

DAYS = 90


def daily_counts(segment_id: int) -> Sequence[SegmentCount]:
    """Return the numbers of the last days that have any, the oldest first."""
    recent = SegmentCount.day > today() - timedelta(days=DAYS)
    query = select(SegmentCount).where(SegmentCount.segment_id == segment_id, recent)
    return db.session.scalars(query.order_by(SegmentCount.day)).all()
