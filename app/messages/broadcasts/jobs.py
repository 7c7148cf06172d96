"""The actors that start broadcasts and count their results."""

from __future__ import annotations

from app.core.queue import Queue, actor
from app.messages.broadcasts import schedule
from app.messages.broadcasts.operations import counting


@actor(Queue.BROADCASTS)
def start() -> None:
    schedule.start_due()


@actor()
def count() -> None:
    counting.count_due()
