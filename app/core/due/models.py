"""The table contract of due rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column


class Due:
    """Mixin for tables whose rows wait for their time.

    A table that has columns of its own for this (`profile_due_at`) names its prefix in the `DueKind` instead.
    """

    # When it is to be done; None: nothing to do.
    due_at: Mapped[datetime | None]
    # Tries since it was ordered; a claim counts.
    attempts: Mapped[int] = mapped_column(server_default="0")
    # Until when the worker that claimed it is believed to be alive.
    leased_until: Mapped[datetime | None]
    # Why it was refused last: a code for the error messages.
    reason: Mapped[str | None]


def due_index(table: str, *first: str, prefix: str = "") -> Index:
    """The partial index that claims walk along; `first` are the columns that every claim fixes, such as an account.

    It holds nothing that a claim changes, so that claiming rewrites no index.
    """
    column = f"{prefix}due_at"
    return Index(f"ix_{table}_{prefix}due", *first, column, postgresql_where=text(f"{column} IS NOT NULL"))
