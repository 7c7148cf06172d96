"""Auto Send Messages and their folders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class AutoMessageFolder(Model):
    """A folder of Auto Send Messages of an account."""

    __tablename__ = "auto_message_folders"
    __table_args__ = (Index("uq_auto_message_folders_name", "account_id", text("same_look(name)"), unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class AutoMessage(Model):
    """A message set that is sent when something else says so; it has no recipients and no time of its own."""

    __tablename__ = "auto_messages"
    __table_args__ = (
        Index("uq_auto_messages_name", "account_id", text("same_look(name)"), unique=True),
        Index("ix_auto_messages_account", "account_id", "updated_at", "id"),
        Index("ix_auto_messages_folder_id", "folder_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # None: at the root. A deleted folder leaves its messages there.
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("auto_message_folders.id", ondelete="SET NULL"))
    name: Mapped[str]
    # As `app.messages.content.message_set` writes it.
    content: Mapped[dict[str, Any]]
    # Raised with every change of name or content; a member who saves says which one they saw.
    version: Mapped[int] = mapped_column(server_default="1")
    # No longer offered to new callers; those that use it go on sending it.
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # Of the name or the content.
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"), index=True)
