"""Answers that wait for their time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, bindparam, select

from app.chat.later.models import PlannedAnswer, PlannedState
from app.core.db import db
from app.messages.conversations.models import Conversation


def is_open(conversation_id: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Return the condition that an answer of this conversation waits, or could not be sent."""
    in_states = PlannedAnswer.state.in_((PlannedState.PLANNED, PlannedState.FAILED))
    return and_(PlannedAnswer.conversation_id == conversation_id, in_states)


# Put together once, since every page of a conversation asks.
_PLANNED = (
    select(PlannedAnswer)
    .where(is_open(bindparam("conversation_id")))
    .order_by(PlannedAnswer.send_at, PlannedAnswer.id)
    .execution_options(populate_existing=True)
)


def planned_of(conversation: Conversation) -> Sequence[PlannedAnswer]:
    """Return the answers of a conversation that wait, or could not be sent; the next one first."""
    return db.session.scalars(_PLANNED, {"conversation_id": conversation.id}).all()
