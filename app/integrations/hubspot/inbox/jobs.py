"""Actors of the inbox sync."""

from __future__ import annotations

from app.core.db import db
from app.core.queue import Queue, actor
from app.integrations.hubspot.inbox import answering, looking, publishing
from app.integrations.hubspot.inbox.pruning import prune_outgoing


@actor()
def publish(integration_id: int) -> None:
    publishing.publish_due(integration_id)


@actor(Queue.SENDING)
def answer() -> None:
    answering.answer_due()


@actor()
def look() -> None:
    looking.look_due()


@actor()
def follow_accounts() -> None:
    looking.order_unlike()
    db.session.commit()


@actor()
def prune() -> None:
    answering.prune()
    prune_outgoing()
