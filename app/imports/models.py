"""What the friend import remembers between slices and between runs."""

from __future__ import annotations

from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class CandidateState(StrEnum):
    """PENDING: profile still to be fetched. UNAVAILABLE: LINE would not give it in this round."""

    PENDING = "pending"
    UNAVAILABLE = "unavailable"


class ImportCandidate(Model):
    """A follower's id that LINE listed and that is not a friend here yet; survives a cancel, so that the next run goes on."""

    __tablename__ = "import_candidates"
    __table_args__ = (Index("ix_import_candidates_due", "account_id", "line_user_id", postgresql_where=text("state = 'pending'")),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    line_user_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default=CandidateState.PENDING)
