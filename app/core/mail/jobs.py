"""Actors of e-mail."""

from __future__ import annotations

from app.core.mail import operations
from app.core.queue import Queue, actor


@actor(Queue.MAIL)
def deliver(mail_id: int) -> None:
    operations.deliver(mail_id)


@actor()
def prune() -> None:
    operations.prune()
