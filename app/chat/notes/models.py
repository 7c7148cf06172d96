"""Who was mentioned in which note."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class ConversationMention(Model):
    """A member who is mentioned in a note; the note itself is a line of the thread."""

    __tablename__ = "conversation_mentions"
    __table_args__ = (
        Index(
            "ix_conversation_mentions_unseen", "member_id", "conversation_id", postgresql_where=text("seen_at IS NULL")
        ),
        Index("ix_conversation_mentions_conversation_id", "conversation_id"),
    )

    note_id: Mapped[int] = mapped_column(
        ForeignKey("conversation_messages.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    # When the member has opened the conversation since.
    seen_at: Mapped[datetime | None]
