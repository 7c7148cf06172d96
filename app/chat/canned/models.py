"""Canned replies and their folders."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.folders.models import AccountFiledRow, AccountFolderRow


class Sharing(StrEnum):
    """Who may use a canned reply: its author, everyone in every account, or everyone in chosen accounts."""

    MINE = "mine"
    TEAM = "team"
    ACCOUNTS = "accounts"


class CannedReplyFolder(AccountFolderRow):
    """A folder of canned replies of an account."""

    __tablename__ = "canned_reply_folders"
    __table_args__ = (Index("uq_canned_reply_folders_name", "account_id", text("same_look(name)"), unique=True),)


class CannedReply(AccountFiledRow):
    """Messages that members answer with. The account is where it is kept: its values and files are that account's."""

    __tablename__ = "canned_replies"
    __table_args__ = (
        Index("ix_canned_replies_account", "account_id", "updated_at", "id"),
        Index("ix_canned_replies_folder_id", "folder_id"),
        Index("ix_canned_replies_owner_id", "owner_id"),
    )

    folder_id: Mapped[int | None] = mapped_column(ForeignKey("canned_reply_folders.id", ondelete="SET NULL"))
    # As `app.messages.content.message_set` writes it.
    content: Mapped[dict[str, Any]]
    # What is typed behind / to find it; "" where there is none.
    shortcut: Mapped[str] = mapped_column(server_default="")
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    shared: Mapped[str] = mapped_column(server_default=Sharing.TEAM)
    # With `Sharing.ACCOUNTS`, in which.
    account_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    # How often it was put into an answer.
    used: Mapped[int] = mapped_column(server_default="0")
