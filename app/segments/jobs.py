"""Actors of segments: shells around one operation each."""

from __future__ import annotations

from app.core.queue import Queue, actor
from app.segments.operations import counting


@actor()
def count_due(segment_id: int) -> None:
    counting.count_due(segment_id)


@actor(Queue.SWEEPS)
def sweep_counts() -> None:
    counting.sweep()
