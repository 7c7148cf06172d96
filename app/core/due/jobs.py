"""The actor that sweeps every kind of due rows."""

from __future__ import annotations

from app.core.due.sweep import sweep as sweep_all
from app.core.queue import Queue, actor


@actor(Queue.SWEEPS)
def sweep() -> None:
    sweep_all()
