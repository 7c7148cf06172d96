"""What is kept beside the list of friends: changes of many that can be undone, and each member's views of the list."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, DateTime, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from app.core.db import Model


class KeptChange(Model):
    """One change of tags on many friends, which can be undone until it expires."""

    __tablename__ = "bulk_changes"
    __table_args__ = (
        Index("ix_bulk_changes_account", "account_id", "id"),
        Index("ix_bulk_changes_expires", "expires_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # "add" or "remove".
    action: Mapped[str]
    # The tags as they were called then: [{"id", "name"}].
    tags: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    # The run that does it, and the one that undoes it; runs may be pruned earlier. None: it was done at once.
    run_id: Mapped[int | None]
    undo_run_id: Mapped[int | None]
    # How many friends it was for and how many it changed; how many pairs of friend and tag, and how many were undone.
    matched: Mapped[int] = mapped_column(server_default="0")
    changed: Mapped[int] = mapped_column(server_default="0")
    pairs: Mapped[int] = mapped_column(server_default="0")
    undone: Mapped[int] = mapped_column(server_default="0")
    # Who asked for it: {"kind", "id", "label"}, as it was then; empty for the system.
    actor: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Who asked for the undoing, in the same way.
    undone_by: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # When it, or its undoing, ended; None while a run is under way.
    settled_at: Mapped[datetime | None]
    expires_at: Mapped[datetime]
    # Members who have closed what the list says of it.
    closed_by: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")


class KeptChangeSlice(Model):
    """Friends on whom a slice of a bulk change put a tag, or off whom it took it; one row for many friends."""

    __tablename__ = "bulk_change_slices"
    __table_args__ = (Index("ix_bulk_change_slices_change", "change_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    change_id: Mapped[int] = mapped_column(ForeignKey("bulk_changes.id", ondelete="CASCADE"))
    # No foreign key: what became of the tag is looked up when it is undone.
    tag_id: Mapped[int]
    # The time that the change wrote: tags that it put on friends carry it until they are changed again.
    changed_at: Mapped[datetime]
    friend_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    # Of a tag that was taken off: since when each friend had it, and from which source. Empty for one that was put on.
    added_at: Mapped[list[datetime]] = mapped_column(ARRAY(DateTime(timezone=True)), server_default="{}")
    source_ids: Mapped[list[int | None]] = mapped_column(ARRAY(BigInteger), server_default="{}")


class UndoneTags(Model):
    """Friends off whom an undone change took a tag again, or on whom it put one back; their timelines read it."""

    __tablename__ = "undone_tags"
    __table_args__ = (Index("ix_undone_tags_friends", "account_id", "first_friend_id", "last_friend_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # "tag_removed" or "tag_added", as activities have it.
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    tag_id: Mapped[int]
    # What the tag was called.
    name: Mapped[str]
    member_id: Mapped[int | None]
    friend_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    # The smallest and the greatest of the ids, by which an index leads to the few rows that may hold a friend.
    first_friend_id: Mapped[int]
    last_friend_id: Mapped[int]


class ListView(Model):
    """A view of an account's friends list that a member keeps under a name: filter, order and columns."""

    __tablename__ = "friend_list_views"
    __table_args__ = (
        # The function `same_look` is made by a migration, which says what it takes for the same.
        Index("uq_friend_list_views_name", "member_id", "account_id", text("same_look(name)"), unique=True),
        Index("ix_friend_list_views_account", "account_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    # Filter and order as the list's address has them.
    args: Mapped[dict[str, Any]]
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class ListColumns(Model):
    """The columns that a member has chosen for an account's friends list."""

    __tablename__ = "friend_list_columns"
    __table_args__ = (Index("ix_friend_list_columns_account", "account_id"),)

    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text))
