"""The row of an answer that goes out later."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index


class PlannedState(StrEnum):
    """PLANNED → SENT (stored for LINE), CANCELLED, or FAILED (it could not be sent; a member decides)."""

    PLANNED = "planned"
    SENT = "sent"
    CANCELLED = "cancelled"
    FAILED = "failed"


class PlannedAnswer(Due, Model):
    """An answer that a member planned; the row is the work order."""

    __tablename__ = "planned_answers"
    __table_args__ = (
        due_index("planned_answers"),
        Index(
            "ix_planned_answers_open",
            "conversation_id",
            "send_at",
            postgresql_where=text("state IN ('planned', 'failed')"),
        ),
        Index("ix_planned_answers_account_id", "account_id"),
        Index("ix_planned_answers_member_id", "member_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    # Who planned it, in whose name it goes out.
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    author: Mapped[str]
    # As `message_set.write` returns it.
    content: Mapped[dict[str, Any]]
    # The other fields of the draft, such as the message that is quoted.
    own: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    send_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default=PlannedState.PLANNED)
    # Why it could not be sent, as a sentence.
    problem: Mapped[str | None]
    # The send that it became.
    send_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
