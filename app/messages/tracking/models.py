"""Sends that are tracked, their links and images, and each fetch of one of these."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index
from app.core.secrets import Encrypted


class TargetKind(StrEnum):
    """LINK: leads to an address. IMAGE: shows a stored file."""

    LINK = "link"
    IMAGE = "image"


class FetchState(StrEnum):
    """PENDING → COUNTED or IGNORED."""

    PENDING = "pending"
    COUNTED = "counted"
    IGNORED = "ignored"


class TrackedSend(Model):
    """One send of a message set: its links and images belong to it."""

    __tablename__ = "tracked_sends"
    __table_args__ = (Index("ix_tracked_sends_cause", "account_id", "cause_kind", "cause_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # What made it, such as "draft", "workflow_step" or "broadcast", and its id.
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    # Nothing of a test counts.
    is_test: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # When LINE took it; what is fetched before that was not fetched by a friend.
    accepted_at: Mapped[datetime | None]


class TrackedLink(Model):
    """A short address; it never changes. Of one person where `friend_id` is set, else shared by all recipients."""

    __tablename__ = "tracked_links"
    __table_args__ = (Index("ix_tracked_links_send", "send_id", "place"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # Random, and all that the address holds.
    code: Mapped[str] = mapped_column(unique=True)
    send_id: Mapped[int] = mapped_column(ForeignKey("tracked_sends.id", ondelete="CASCADE"))
    # No foreign key: a link outlives its friend, and millions of rows would each be looked up.
    friend_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(server_default=TargetKind.LINK)
    # Where it stands in the send, as LINE names properties: `messages[0].template.actions[1].uri`.
    place: Mapped[str]
    # The address to go to, or the public key of the file to show.
    target: Mapped[str]


class LinkFetch(Due, Model):
    """A fetch that may be a person's; a worker says a few seconds later whether it counts."""

    __tablename__ = "link_fetches"
    __table_args__ = (
        due_index("link_fetches"),
        Index("ix_link_fetches_link", "link_id", "fetched_at"),
        Index("ix_link_fetches_friend_id", "friend_id", postgresql_where=text("friend_id IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    link_id: Mapped[int] = mapped_column(ForeignKey("tracked_links.id", ondelete="CASCADE"))
    # The link's friend; None for shared links.
    friend_id: Mapped[int | None] = mapped_column(ForeignKey("friends.id", ondelete="SET NULL"))
    fetched_at: Mapped[datetime]
    # Tells clients apart, and cannot be traced back to one.
    client: Mapped[str] = mapped_column(server_default="")
    state: Mapped[str] = mapped_column(server_default=FetchState.PENDING)


class LinkVisitor(Due, Model):
    """The ID token that came with a fetch of a shared link, until a worker has asked LINE whose it is."""

    __tablename__ = "link_visitors"
    __table_args__ = (due_index("link_visitors"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # A fetch is told once whose it is.
    fetch_id: Mapped[int] = mapped_column(ForeignKey("link_fetches.id", ondelete="CASCADE"), unique=True)
    # Removed as soon as it is of no more use.
    token: Mapped[str | None] = mapped_column(Encrypted, deferred=True)


class UnitStatistics(Due, Model):
    """A name under which messages were sent in a month, and what LINE tells of it; the row orders the next look."""

    __tablename__ = "unit_statistics"
    __table_args__ = (UniqueConstraint("account_id", "month", "name"), due_index("unit_statistics", "account_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # The calendar month in Japan, as in "2026-04": LINE counts names by month.
    month: Mapped[str]
    # Letters, digits and underscores, at most 30.
    name: Mapped[str]
    first_sent_at: Mapped[datetime]
    last_sent_at: Mapped[datetime]
    # When LINE was asked last, whatever it answered.
    asked_at: Mapped[datetime | None]
    # LINE's `overview`, `messages` and `clicks`; a figure of fewer than 20 people is null.
    figures: Mapped[dict[str, Any] | None]
    figures_at: Mapped[datetime | None]
