"""Which process leads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class Leadership(Model):
    """A duty that one process has at a time, and until when its holder is believed to be alive."""

    __tablename__ = "leaderships"

    name: Mapped[str] = mapped_column(primary_key=True)
    # Host, process id and start of the holder.
    holder: Mapped[str]
    since: Mapped[datetime]
    leased_until: Mapped[datetime]
