"""Answers that wait for their time."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.chat.later.models import PlannedAnswer, PlannedState
from app.core.db import db
from app.messages.conversations.models import Conversation


def planned_of(conversation: Conversation) -> Sequence[PlannedAnswer]:
    """Return the answers of a conversation that wait, or could not be sent; the next one first."""
    is_open = PlannedAnswer.state.in_((PlannedState.PLANNED, PlannedState.FAILED))
    query = select(PlannedAnswer).where(PlannedAnswer.conversation_id == conversation.id, is_open)
    query = query.order_by(PlannedAnswer.send_at, PlannedAnswer.id)
    return db.session.scalars(query.execution_options(populate_existing=True)).all()
