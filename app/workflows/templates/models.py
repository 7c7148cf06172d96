"""Templates of the team, and imported files of which no workflow has been made yet."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class WorkflowTemplate(Model):
    """A workflow that was kept apart from its accounts, so that others begin with it."""

    __tablename__ = "workflow_templates"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(server_default="")
    # As `document.py` describes it.
    document: Mapped[dict[str, Any]]
    # Whose names and messages it holds: only those who may see all of these accounts may see it.
    account_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    # An imported file: only its member sees it, until a workflow is made of it or a day has passed.
    is_import: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), index=True)
