"""Columns of a named message set."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.folders.models import AccountFiledRow


class LibraryMessage(AccountFiledRow):
    """A message set with a name. Names are unique by an index `uq_<table>_name` on account and `same_look(name)`."""

    __abstract__ = True

    # As `app.messages.content.message_set` writes it.
    content: Mapped[dict[str, Any]]
    # No longer offered where one is chosen; what uses it goes on.
    archived_at: Mapped[datetime | None]
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"), index=True)
