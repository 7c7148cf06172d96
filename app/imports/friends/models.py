"""What imports remember between slices and between runs."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index


class CandidateState(StrEnum):
    """PENDING: profile still to be fetched. DONE: is a friend here, from before or by the import.

    UNAVAILABLE: LINE has no profile for us. FAILED: LINE's answer was unusable. The next run tries both again.
    """

    PENDING = "pending"
    DONE = "done"
    UNAVAILABLE = "unavailable"
    FAILED = "failed"


class ImportCandidate(Model):
    """A follower's id that LINE listed. Rows live until a run completes, so that after a cancel the next goes on."""

    __tablename__ = "import_candidates"
    __table_args__ = (
        Index("ix_import_candidates_due", "account_id", "line_user_id", postgresql_where=text("state = 'pending'")),
    )

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    line_user_id: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(server_default=CandidateState.PENDING)
    # How often this person's profile went wrong while others' came; a whole outage does not count.
    attempts: Mapped[int] = mapped_column(server_default="0")


class FriendImportRepeat(Due, Model):
    """The weekly import of an account; `due_at` is its next time, None when it is off.

    `reason` says why the last one did not start, or why it is off although no member switched it off.
    """

    __tablename__ = "friend_import_repeats"
    __table_args__ = (due_index("friend_import_repeats"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    # Who set it up and in whose name it runs; None is the system.
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    # The tag for new friends.
    tag_id: Mapped[int | None] = mapped_column(ForeignKey("tags.id", ondelete="SET NULL"), index=True)
    # In which language that member reads the console, for e-mail.
    language: Mapped[str] = mapped_column(server_default="")
    set_up_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
