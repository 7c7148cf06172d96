"""The one table of long work."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Model


class RunState(StrEnum):
    """QUEUED → RUNNING → COMPLETED, CANCELLED or FAILED; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    FAILED = "failed"


ACTIVE = (RunState.QUEUED, RunState.RUNNING)
# Workers renew a lease every two seconds and take up due runs within a moment; after so much silence there is none.
SILENCE = timedelta(seconds=6)


class Run(Model):
    """One piece of long work on one subject (an account, a file …); at most one is active per kind and subject."""

    __tablename__ = "runs"
    __table_args__ = (
        Index(
            "uq_runs_active",
            "kind",
            "subject_id",
            "slot",
            unique=True,
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
        Index("ix_runs_due", "due_at", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_runs_history", "subject_id", "kind", "created_at"),
        Index("ix_runs_account", "account_id", postgresql_where=text("state IN ('queued', 'running')")),
        Index("ix_runs_waits_for", "waits_for", postgresql_where=text("waits_for IS NOT NULL")),
        Index("ix_runs_finished", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    # The row it works on; its table is the kind's business.
    subject_id: Mapped[int]
    # The account it belongs to, for everything that shows an account's work; None: it belongs to the installation.
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # Kinds that may run several at once on a subject put something unique here.
    slot: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default=RunState.QUEUED)
    # What the kind was asked to do; never changes.
    input: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Where it stands: the fields of the kind's cursor.
    cursor: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Named counters shown to people, for example {"new": 10, "known": 3}.
    counts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Done so far, of `total` when that is known.
    done: Mapped[int] = mapped_column(server_default="0")
    total: Mapped[int | None]
    # Items a second lately, so that the time left can be said even after a long pause.
    pace: Mapped[float | None]
    # Why it failed or is waiting: a code with values, put into words by `reasons`.
    reason: Mapped[str | None]
    reason_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Failures in a row without progress, and since when; progress sets both back.
    attempts: Mapped[int] = mapped_column(server_default="0")
    troubled_since: Mapped[datetime | None]
    # The member who asked for it; None for every other kind of actor.
    member_id: Mapped[int | None]
    # Who asked for it, of whatever kind: {"kind", "id", "label"}, as it was then; empty for the system.
    actor: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    due_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # The run whose end makes it due; it is looked at now and then all the same.
    waits_for: Mapped[int | None]
    # Who is working on it and until when that may be believed.
    lease: Mapped[UUID | None]
    leased_until: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]

    @property
    def is_active(self) -> bool:
        """Return whether the run is queued or running."""
        return self.state in ACTIVE

    @property
    def is_cancelling(self) -> bool:
        """Return whether a cancel was requested and the present slice is not over yet."""
        return self.is_active and self.cancel_requested_at is not None

    @property
    def awaits_worker(self) -> bool:
        """Return whether the run could go on, but no worker has looked after it lately."""
        if not self.is_active or self.waits_for is not None:
            return False
        return max(self.due_at, self.heartbeat_at or self.due_at) < now() - SILENCE
