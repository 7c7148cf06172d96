"""Actors of workflows."""

from __future__ import annotations

from app.core.queue import Queue, actor
from app.workflows.engine import advancing, clocks


@actor(Queue.WORKFLOWS)
def advance() -> None:
    advancing.advance_due()


@actor(Queue.BULK)
def follow_clocks() -> None:
    clocks.follow_clocks()
