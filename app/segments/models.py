"""Segments with their folders and earlier versions."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import due_index
from app.folders.models import AccountFiledRow, AccountFolderRow


class Folder(AccountFolderRow):
    """A folder of segments of an account."""

    __tablename__ = "segment_folders"
    __table_args__ = (
        # The function `same_look` is made by a migration, which says what it takes for the same.
        Index("uq_segment_folders_name", "account_id", text("same_look(name)"), unique=True),
    )


class Segment(AccountFiledRow):
    """A saved set of conditions on the friends of one account; its members are found again each time."""

    __tablename__ = "segments"
    __table_args__ = (
        Index("ix_segments_account", "account_id", "updated_at", "id"),
        Index("ix_segments_folder_id", "folder_id"),
        due_index("segments", prefix="count_"),
    )

    folder_id: Mapped[int | None] = mapped_column(ForeignKey("segment_folders.id", ondelete="SET NULL"))
    # As `conditions.definition` reads it.
    definition: Mapped[dict[str, Any]]
    # How many friends fitted when they were last counted, how many of them follow, and how many have blocked.
    friends: Mapped[int | None]
    reachable: Mapped[int | None]
    blocked: Mapped[int | None]
    counted_at: Mapped[datetime | None]
    # When they are to be counted again; the row is the work order. None: nothing to do.
    count_due_at: Mapped[datetime | None]
    count_attempts: Mapped[int] = mapped_column(server_default="0")
    count_leased_until: Mapped[datetime | None]
    count_reason: Mapped[str | None]
    # When the last try to count took too long; None once a count is finished or the conditions are others.
    count_given_up_at: Mapped[datetime | None]
    # `updated_at` is of the name or the definition; counting is no change.
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))


class SegmentVersion(Model):
    """A segment as it was saved once."""

    __tablename__ = "segment_versions"
    __table_args__ = (UniqueConstraint("segment_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"))
    # `Segment.version` at that time.
    number: Mapped[int]
    name: Mapped[str]
    definition: Mapped[dict[str, Any]]
    # The version that this one brought back, if it did.
    restored: Mapped[int | None]
    saved_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))


class SegmentCount(Model):
    """How many friends were in a segment when it was last counted on a day, and by which version of it."""

    __tablename__ = "segment_counts"

    segment_id: Mapped[int] = mapped_column(ForeignKey("segments.id", ondelete="CASCADE"), primary_key=True)
    # In the workspace's time zone.
    day: Mapped[date] = mapped_column(primary_key=True)
    version: Mapped[int]
    friends: Mapped[int]
    reachable: Mapped[int]
