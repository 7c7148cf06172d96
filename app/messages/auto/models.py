"""Auto Send Messages and their folders."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.folders.models import AccountFolderRow
from app.messages.library.models import LibraryMessage


class AutoMessageFolder(AccountFolderRow):
    """A folder of Auto Send Messages of an account."""

    __tablename__ = "auto_message_folders"
    __table_args__ = (Index("uq_auto_message_folders_name", "account_id", text("same_look(name)"), unique=True),)


class AutoMessage(LibraryMessage):
    """A message set that is sent when something else says so; it has no recipients and no time of its own."""

    __tablename__ = "auto_messages"
    __table_args__ = (
        Index("uq_auto_messages_name", "account_id", text("same_look(name)"), unique=True),
        Index("ix_auto_messages_account", "account_id", "updated_at", "id"),
        Index("ix_auto_messages_folder_id", "folder_id"),
    )

    folder_id: Mapped[int | None] = mapped_column(ForeignKey("auto_message_folders.id", ondelete="SET NULL"))
