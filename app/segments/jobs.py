"""Actors of segments: shells around one operation each."""

from __future__ import annotations

from app.core.queue import actor
from app.segments.operations import counting


@actor()
def count_due(segment_id: int) -> None:
    counting.count_due(segment_id)


@actor()
def count_daily() -> None:
    counting.count_daily()
