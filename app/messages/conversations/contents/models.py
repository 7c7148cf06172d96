"""The rows of what people sent that LINE keeps apart from the message."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index

# What a content uses files as, in `media_references`.
OWNER_KIND = "message_content"


class ContentState(StrEnum):
    """WAITING: to be fetched. STORED: its file is here. GONE: LINE no longer has it. TOO_LARGE: more than is fetched.

    FAILED: given up, and may be ordered again. REMOVED: stored once, and deleted as old. UNSENT: taken back.
    WAITING → STORED → REMOVED; WAITING → GONE, TOO_LARGE or FAILED → WAITING; any → UNSENT.
    """

    WAITING = "waiting"
    STORED = "stored"
    GONE = "gone"
    TOO_LARGE = "too_large"
    FAILED = "failed"
    REMOVED = "removed"
    UNSENT = "unsent"


class MessageContent(Due, Model):
    """What belongs to one received message; the row is the order to fetch it."""

    __tablename__ = "message_contents"
    __table_args__ = (
        due_index("message_contents"),
        Index("ix_message_contents_set", "account_id", "set_id", postgresql_where=text("set_id IS NOT NULL")),
        Index("ix_message_contents_stored", "account_id", "occurred_at", postgresql_where=text("state = 'stored'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("conversation_messages.id", ondelete="CASCADE"), unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # LINE's id of the message, by which the content is fetched.
    line_message_id: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=ContentState.WAITING)
    # The stored file, and LINE's picture of a video.
    file_id: Mapped[int | None]
    preview_id: Mapped[int | None]
    # Pictures that were sent together: LINE's id of the set, the place in it, and how many belong to it.
    set_id: Mapped[str | None]
    set_index: Mapped[int | None]
    set_total: Mapped[int | None]
    # When the message was sent.
    occurred_at: Mapped[datetime]
