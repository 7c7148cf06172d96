"""Reads of notes and mentions."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, select

from app.chat.notes.models import ConversationMention
from app.core.db import db
from app.core.errors import NotFound
from app.messages.conversations.models import Conversation, ConversationMessage, MessageState

NOTE = "note"


def get_note(conversation: Conversation, note_id: int, *, for_update: bool = False) -> ConversationMessage:
    """Return a note of the conversation; raises NotFound, also for one that was deleted."""
    query = select(ConversationMessage).where(
        ConversationMessage.id == note_id,
        ConversationMessage.account_id == conversation.account_id,
        ConversationMessage.chat_id == conversation.chat_id,
        ConversationMessage.type == NOTE,
        ConversationMessage.state != MessageState.UNSENT,
    )
    query = query.with_for_update() if for_update else query
    found: ConversationMessage | None = db.session.scalar(query.execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def pinned_note(conversation: Conversation) -> ConversationMessage | None:
    """Return the note that is shown on top."""
    return db.session.get(ConversationMessage, conversation.pinned_note_id) if conversation.pinned_note_id else None


def is_mentioned(member_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    """Return the condition that a note mentions the member who has not opened the conversation since."""
    mine = ConversationMention.member_id == member_id, ConversationMention.seen_at.is_(None)
    return exists().where(ConversationMention.conversation_id == Conversation.id, *mine)
