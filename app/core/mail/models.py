"""Outgoing e-mail."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.secrets import EncryptedOrLost


class MailState(StrEnum):
    """WAITING → SENT or FAILED; KEPT when there is no SMTP server to give it to."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    KEPT = "kept"


class OutgoingMail(Model):
    """One plain-text e-mail to one person. The body is encrypted because it may hold a sign-in link."""

    __tablename__ = "outgoing_mails"
    __table_args__ = (Index("ix_outgoing_mails_due", "due_at", postgresql_where=text("state = 'waiting'")),)

    id: Mapped[int] = mapped_column(primary_key=True)
    recipient: Mapped[str]
    subject: Mapped[str]
    # None when it cannot be read any more, since the key that encrypted it was lost.
    body: Mapped[str | None] = mapped_column(EncryptedOrLost, nullable=False)
    state: Mapped[str] = mapped_column(server_default=MailState.WAITING)
    attempts: Mapped[int] = mapped_column(server_default="0")
    # What the mail server said last.
    problem: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    due_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    leased_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
