"""The actor of planned answers."""

from __future__ import annotations

from app.chat.later import sending
from app.core.queue import Queue, actor


@actor(Queue.SENDING)
def send_planned() -> None:
    sending.send_due()
