"""The actor that starts broadcasts."""

from __future__ import annotations

from app.core.queue import Queue, actor
from app.messages.broadcasts import schedule


@actor(Queue.BROADCASTS)
def start() -> None:
    schedule.start_due()
