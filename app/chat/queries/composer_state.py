"""What the composer of a conversation depends on: its newest line, a reply token, and planned answers."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, bindparam, exists, func, select

from app.chat.later.queries import is_open
from app.core.db import db
from app.messages.conversations.models import Conversation, ConversationMessage
from app.messages.sending.reply_tokens import seconds_left

# Among so many last lines the newest one is looked for.
_LAST = 50


class ComposerState(NamedTuple):
    """`newest_id` is the newest line, 0 where there is none; `free_for` is for how many seconds LINE takes a reply."""

    newest_id: int
    free_for: int
    has_planned: bool


def _newest() -> ScalarSelect[int]:
    """Select the number of the newest line of a conversation.

    A line of an earlier time may be stored later: it is looked for among the last ones, so that a long conversation
    costs no more than a short one.
    """
    line = ConversationMessage
    mine = line.account_id == Conversation.account_id, line.chat_id == Conversation.chat_id
    in_time = line.occurred_at.desc(), line.id.desc()
    last = select(line.id).where(*mine).order_by(*in_time).limit(_LAST).correlate(Conversation).subquery()
    return select(func.coalesce(func.max(last.c.id), 0)).scalar_subquery()


# The columns of a ComposerState, in its order, for statements that select conversations.
COMPOSER_STATE: tuple[Any, ...] = (
    _newest(),
    seconds_left(Conversation.account_id, Conversation.chat_id),
    exists().where(is_open(Conversation.id)),
)
_OF_ONE = select(*COMPOSER_STATE).where(Conversation.id == bindparam("id"))


def composer_state(conversation: Conversation) -> ComposerState:
    """Return what the composer of this conversation depends on."""
    return ComposerState(*db.session.execute(_OF_ONE, {"id": conversation.id}).one())
