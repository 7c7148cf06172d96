"""Message Items and their folders. Those of both kinds share a table; each class has the rows of its kind."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.folders.models import AccountFolderRow
from app.messages.library.models import LibraryMessage


def _by_kind() -> dict[str, Any]:
    return {"polymorphic_on": "kind"}


def _of(kind: str) -> dict[str, Any]:
    return {"polymorphic_identity": kind}


class PartFolder(AccountFolderRow):
    """A folder of Message Items of one kind."""

    __tablename__ = "message_part_folders"
    __table_args__ = (
        Index("uq_message_part_folders_name", "account_id", "kind", text("same_look(name)"), unique=True),
    )
    __mapper_args__ = _by_kind()

    # The kind of message, "rich" or "cards".
    kind: Mapped[str]


class RichPartFolder(PartFolder):
    """A folder of Rich Messages."""

    __mapper_args__ = _of("rich")


class CardsPartFolder(PartFolder):
    """A folder of Card Type Messages."""

    __mapper_args__ = _of("cards")


class MessagePart(LibraryMessage):
    """One message with a name, of which copies go into message sets."""

    __tablename__ = "message_parts"
    __table_args__ = (
        Index("uq_message_parts_name", "account_id", "kind", text("same_look(name)"), unique=True),
        Index("ix_message_parts_account", "account_id", "kind", "updated_at", "id"),
        Index("ix_message_parts_folder_id", "folder_id"),
    )
    __mapper_args__ = _by_kind()

    # The kind of message, "rich" or "cards".
    kind: Mapped[str]
    folder_id: Mapped[int | None] = mapped_column(ForeignKey("message_part_folders.id", ondelete="SET NULL"))


class RichPart(MessagePart):
    """A Rich Message that is kept."""

    __mapper_args__ = _of("rich")


class CardsPart(MessagePart):
    """A Card Type Message that is kept."""

    __mapper_args__ = _of("cards")
