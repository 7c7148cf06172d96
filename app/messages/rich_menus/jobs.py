"""Actors of rich menus: shells around one operation each."""

from __future__ import annotations

from app.core.queue import Queue, actor
from app.messages.rich_menus import periods as due_periods


@actor(queue=Queue.BULK)
def periods() -> None:
    due_periods.turn_due()
