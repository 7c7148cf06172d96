"""Addresses that other programs call, and the calls that came."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.secrets import Encrypted

# The status of calls that were taken.
ACCEPTED = 202


class WorkflowHook(Model):
    """The address of a trigger for one account; it stays the same from version to version."""

    __tablename__ = "workflow_hooks"
    __table_args__ = (UniqueConstraint("workflow_id", "account_id", "node_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    workflow_id: Mapped[int] = mapped_column(ForeignKey("workflows.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    node_id: Mapped[str]
    # Random, and the end of the address.
    code: Mapped[str] = mapped_column(unique=True)
    # The key, with which calls are also signed; shown once.
    secret: Mapped[str] = mapped_column(Encrypted, deferred=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # When the secret was made.
    renewed_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class WorkflowHookCall(Model):
    """A call and how it was answered; nothing of its body is kept."""

    __tablename__ = "workflow_hook_calls"
    __table_args__ = (
        Index("ix_workflow_hook_calls_list", "hook_id", text("id DESC")),
        Index("ix_workflow_hook_calls_repeat", "hook_id", "repeat_key", postgresql_where=text("status = 202")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    hook_id: Mapped[int] = mapped_column(ForeignKey("workflow_hooks.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # As in HTTP.
    status: Mapped[int]
    # A word of `answers.REASONS`.
    reason: Mapped[str]
    # What the same call would have again: a digest of the caller's name for it or of its body.
    repeat_key: Mapped[str]
    bytes: Mapped[int]
    friend_id: Mapped[int | None] = mapped_column(ForeignKey("friends.id", ondelete="SET NULL"), index=True)
