"""What members keep of conversations for themselves."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model

# What a conversation is called among owners of drafts.
OWNER = "conversation"


class ConversationMark(Model):
    """What one member keeps of one conversation."""

    __tablename__ = "conversation_marks"
    __table_args__ = (
        Index("ix_conversation_marks_member_id", "member_id", postgresql_where=text("is_pinned OR is_followed")),
        Index("ix_conversation_marks_behind", "member_id", postgresql_where=text("is_behind")),
    )

    conversation_id: Mapped[int] = mapped_column(
        ForeignKey("conversations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # Messages up to this id are read; None: those up to the member's `read_up_to_id`.
    read_up_to_id: Mapped[int | None]
    # Something is unread, although it came before what counts as read in every other conversation.
    is_behind: Mapped[bool] = mapped_column(server_default="false")
    is_pinned: Mapped[bool] = mapped_column(server_default="false")
    # The member is told of new messages, also of a conversation that another member is assigned to.
    is_followed: Mapped[bool] = mapped_column(server_default="false")
    # No sound and no notification.
    is_muted: Mapped[bool] = mapped_column(server_default="false")
    # The press that sent the member's last answer here: what was typed before it is not kept as a draft any more.
    sent_press: Mapped[str | None]


class ChatMember(Model):
    """How a member uses the chat; the row is made when the member opens it first."""

    __tablename__ = "chat_members"

    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # Messages up to this id count as read where no mark says otherwise. It follows what the member reads, so that few
    # conversations are newer; see `timing/settling.py`.
    read_up_to_id: Mapped[int] = mapped_column(server_default="0")
    # Up to which message it may follow next, and since when: by then, what has a smaller id is committed.
    settles_up_to_id: Mapped[int | None]
    settles_at: Mapped[datetime | None]
    # A line break is typed with Shift and Enter, where Enter sends.
    enter_sends: Mapped[bool] = mapped_column(server_default="false")
    # New messages are told by the browser, and by a sound.
    is_notified: Mapped[bool] = mapped_column(server_default="false")
    is_rung: Mapped[bool] = mapped_column(server_default="false")


class ChatFilter(Model):
    """A filter of the list that a member keeps under a name."""

    __tablename__ = "chat_filters"
    __table_args__ = (
        # The function `same_look` is made by a migration, which says what it takes for the same.
        Index("uq_chat_filters_name", "member_id", text("same_look(name)"), unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    name: Mapped[str]
    # As the list's address has it.
    args: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
