"""Give conversations back to automation in which nothing was said for the hours that their account's settings say."""

from __future__ import annotations

from datetime import timedelta

from app.core.clock import now
from app.core.db import db
from app.core.due.claims import Claim
from app.messages.conversations import owning
from app.messages.conversations.models import ChatSettings, Owner
from app.team.actors import SYSTEM


def release_idle(claim: Claim, conversation_id: int) -> None:
    """Release the conversation if it is idle, or look again when it could be."""
    held = owning.hold(conversation_id)
    settings = db.session.get(ChatSettings, held.account_id, populate_existing=True)
    hours = settings.release_after if settings else None
    if hours is not None and held.owner == Owner.PERSON:
        idle_at = max(held.owned_since or held.started_at, held.last_message_at) + timedelta(hours=hours)
        if idle_at > now():
            claim.later(after=idle_at - now(), counts=False)
            return
        owning.release(held, actor=SYSTEM, idle_hours=hours)
    claim.done()
