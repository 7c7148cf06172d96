"""What test runs keep: who and what a member tries, and what they pressed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class WorkflowTestRun(Model):
    """A member's test run of a workflow. It is played again from these rows each time that it is shown."""

    __tablename__ = "workflow_test_runs"

    workflow_id: Mapped[int] = mapped_column(
        ForeignKey("workflows.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    member_id: Mapped[int] = mapped_column(
        ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, autoincrement=False, index=True
    )
    # As `setups.PlayedSetup.as_json` writes it.
    setup: Mapped[dict[str, Any]]
    # What was pressed, the first one first; see `playing.PlayedPress`.
    choices: Mapped[list[Any]] = mapped_column(server_default="[]")
    changed_at: Mapped[datetime] = mapped_column(server_default=text("now()"), index=True)
