"""What steps of workflows need of a service: its properties to choose from, and changes that are to be made there."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index


class RemoteProperty(Model):
    """A property of the service's records, as read with the last sync."""

    __tablename__ = "remote_properties"
    __table_args__ = (UniqueConstraint("integration_id", "record_kind", "name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    # As of `FieldMapping`.
    record_kind: Mapped[str]
    name: Mapped[str]
    label: Mapped[str]
    type: Mapped[str]
    field_type: Mapped[str]
    # Choices: [[value, label], …].
    options: Mapped[list[Any]]
    is_read_only: Mapped[bool]
    # Gone at the service; steps that use it say so.
    deleted_at: Mapped[datetime | None]


class RemoteChange(Due, Model):
    """A change of a property of a friend's record, asked for by a step; those of one friend are made one by one.

    It has ended where `ended_at` is set; `reason` and its values then say why it was not made.
    """

    __tablename__ = "remote_changes"
    __table_args__ = (
        UniqueConstraint("integration_id", "key"),
        due_index("remote_changes", "integration_id"),
        Index(
            "ix_remote_changes_open",
            "integration_id",
            "friend_id",
            "id",
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_remote_changes_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
        Index("ix_remote_changes_friend_id", "friend_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    friend_id: Mapped[int] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"))
    # That of the step of the run: what is asked for twice is made once.
    key: Mapped[str]
    name: Mapped[str]
    # "set", or "add" and "remove" of some of several choices; the value is as the service takes it.
    change: Mapped[str]
    value: Mapped[str]
    reason_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    ended_at: Mapped[datetime | None]
