"""Answers that wait for their time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, select

from app.chat.later.models import PlannedAnswer, PlannedState
from app.core.db import db
from app.messages.conversations.models import Conversation

# Put together once, since every page of a conversation asks.
_PLANNED = (
    select(PlannedAnswer)
    .where(
        PlannedAnswer.conversation_id == bindparam("conversation_id"),
        PlannedAnswer.state.in_((PlannedState.PLANNED, PlannedState.FAILED)),
    )
    .order_by(PlannedAnswer.send_at, PlannedAnswer.id)
    .execution_options(populate_existing=True)
)


def planned_of(conversation: Conversation) -> Sequence[PlannedAnswer]:
    """Return the answers of a conversation that wait, or could not be sent; the next one first."""
    return db.session.scalars(_PLANNED, {"conversation_id": conversation.id}).all()
