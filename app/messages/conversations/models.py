"""The rows of conversations."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class Direction(StrEnum):
    """IN: a person wrote it. OUT: the account sent it."""

    IN = "in"
    OUT = "out"


class MessageState(StrEnum):
    """RECEIVED → UNSENT (taken back, content removed). WAITING → SENT, REFUSED or UNKNOWN (LINE did not say)."""

    RECEIVED = "received"
    UNSENT = "unsent"
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ConversationMessage(Model):
    """One message to or from a single friend, group or room."""

    __tablename__ = "conversation_messages"
    __table_args__ = (
        UniqueConstraint("account_id", "line_message_id"),
        UniqueConstraint("send_id", "position"),
        # A replayed event of a message to which LINE gave no id writes no second row.
        Index(
            "uq_conversation_messages_event",
            "webhook_event_id",
            unique=True,
            postgresql_where=text("line_message_id IS NULL"),
        ),
        Index("ix_conversation_messages_thread", "account_id", "chat_id", text("occurred_at DESC"), text("id DESC")),
        Index("ix_conversation_messages_friend_id", "friend_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # LINE's id of the friend, group or room: U…, C… or R….
    chat_id: Mapped[str]
    direction: Mapped[str]
    # "friend" for what came in, else the kind of the actor; with the member's or key's id where there is one.
    author_kind: Mapped[str]
    author_id: Mapped[int | None]
    # Who wrote it or gets it; None in groups for people who are no friends, and for what goes to a group.
    friend_id: Mapped[int | None] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"))
    author_line_id: Mapped[str | None]
    # LINE's type of the message, and its content: what came in as `friends.messages.kept` keeps it, what went out
    # exactly as LINE got it.
    type: Mapped[str]
    content: Mapped[dict[str, Any]]
    state: Mapped[str]
    line_message_id: Mapped[str | None]
    quote_token: Mapped[str | None]
    quoted_message_id: Mapped[str | None]
    occurred_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    # Another channel held the chat when the message came.
    is_standby: Mapped[bool] = mapped_column(server_default="false")
    # What it came from: the stored event, or the send and the place in it.
    webhook_event_id: Mapped[int | None]
    send_id: Mapped[int | None]
    position: Mapped[int | None]
    # Why it was sent, such as "test" or "workflow", and the id of that.
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
