"""Actors of sending to single recipients."""

from __future__ import annotations

from app.core.queue import Queue, actor
from app.messages.sending import delivery, reply_tokens


@actor(Queue.SENDING)
def deliver() -> None:
    delivery.deliver_due()


@actor()
def prune() -> None:
    reply_tokens.prune()
