"""What a member has composed and not saved yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class MessageDraft(Model):
    """A message set as one member is composing it, for one owner; None as owner id is one that is not stored yet."""

    __tablename__ = "message_drafts"
    __table_args__ = (
        Index(
            "uq_message_drafts_owner",
            "member_id",
            "account_id",
            "owner_kind",
            text("coalesce(owner_id, 0)"),
            "window_key",
            unique=True,
        ),
        Index("ix_message_drafts_account_id", "account_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    # A word such as "auto_message".
    owner_kind: Mapped[str]
    owner_id: Mapped[int | None]
    # Tells drafts of owners that are not stored yet apart, where each window begins one of its own; else empty.
    window_key: Mapped[str] = mapped_column(server_default="")
    # As `message_set.write` returns it.
    content: Mapped[dict[str, Any]]
    # What the owner held when the draft was opened.
    base: Mapped[dict[str, Any]]
    # What was typed into fields of the owner's own, such as its name, and what they held when the draft was opened.
    own: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    own_base: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Earlier contents for undo, the newest last.
    past: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    # Undone contents for redo, the next one last.
    future: Mapped[list[Any]] = mapped_column(JSONB, server_default="[]")
    # Grows whenever places of fields change, so that a late answer of an older page is not written into other fields.
    version: Mapped[int] = mapped_column(server_default="1")
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"), onupdate=func.now())

    @property
    def is_changed(self) -> bool:
        """Return whether it holds what its owner does not."""
        return self.content != self.base or self.own != self.own_base
