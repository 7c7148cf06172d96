"""Broadcasts, the people that one was frozen to, and the chunks in which they are sent to."""

from __future__ import annotations

import math
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Integer, SmallInteger, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index
from app.messages.broadcasts.rates import Rates


class BroadcastState(StrEnum):
    """DRAFT ⇄ SCHEDULED → SENDING ⇄ PAUSED → SENT, FAILED or STOPPED; in DECISION a member has to say how it goes on.

    `reason` says why for PAUSED by trouble, DECISION, FAILED and STOPPED. What is SCHEDULED without a time starts at
    once.
    """

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    SENDING = "sending"
    PAUSED = "paused"
    DECISION = "waiting_for_decision"
    SENT = "sent"
    FAILED = "failed"
    STOPPED = "stopped"


# An audience exists, or may come to exist without a further word of a member.
UNDER_WAY = (BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED, BroadcastState.DECISION)
ENDED = (BroadcastState.SENT, BroadcastState.FAILED, BroadcastState.STOPPED)


class AudienceKind(StrEnum):
    """Who is meant: all friends, a segment, or a segment without the friends of another one."""

    ALL = "all"
    SEGMENT = "segment"
    DIFFERENCE = "difference"


class TrackingKind(StrEnum):
    """PERSON: each recipient has addresses of their own. LINK: all share them."""

    PERSON = "person"
    LINK = "link"


class LatePolicy(StrEnum):
    """What happens when the system was down at the time: send it when it is back, skip it after N hours, or ask."""

    SEND = "send"
    SKIP = "skip"
    ASK = "ask"


class Way(StrEnum):
    """How a broadcast reaches LINE: MULTICAST for up to 500 people a call, PUSH for one."""

    MULTICAST = "multicast"
    PUSH = "push"


class Variant(StrEnum):
    """Which of two message sets."""

    A = "a"
    B = "b"


class PartOfTest(StrEnum):
    """Parts of the people of an A/B test: the half with each set, and the rest, who get the winner."""

    A = "a"
    B = "b"
    REST = "rest"


class RecipientState(StrEnum):
    """WAITING → SENT (LINE took it), REFUSED (LINE does not know the person), UNKNOWN (LINE did not say, and a repeat
    might reach the person twice) or NOT_SENT (the broadcast ended before)."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"


class ChunkState(StrEnum):
    """States of a recipient, for all of a chunk; SPLIT: LINE refused it, and two smaller ones took its place."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    NOT_SENT = "not_sent"
    SPLIT = "split"


def in_yen(price: Decimal, messages: int) -> int:
    """Return what so many messages cost, in whole yen."""
    return math.ceil(price * messages)


class Broadcast(Model):
    """One message set to many friends of an account."""

    __tablename__ = "broadcasts"
    __table_args__ = (
        Index("ix_broadcasts_account", "account_id", "updated_at", "id"),
        Index("ix_broadcasts_state", "account_id", "state"),
        Index("ix_broadcasts_time", "account_id", text("coalesce(started_at, scheduled_at)")),
        Index("ix_broadcasts_confirmed_by", "confirmed_by"),
        Index("ix_broadcasts_confirmed_by_key", "confirmed_by_key"),
        Index("ix_broadcasts_seconded_by", "seconded_by"),
        Index("ix_broadcasts_updated_by", "updated_by"),
        Index(
            "uq_broadcasts_reference",
            "account_id",
            "reference",
            unique=True,
            postgresql_where=text("reference IS NOT NULL"),
        ),
        due_index("broadcasts", prefix="start_"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    state: Mapped[str] = mapped_column(server_default=BroadcastState.DRAFT)
    # {"kind": "all"}, {"kind": "segment", "segment_id"} or {"kind": "difference", "segment_id", "without_id"}.
    audience: Mapped[dict[str, Any]]
    # As `message_set.write` returns it.
    content: Mapped[dict[str, Any]]
    tracking: Mapped[str] = mapped_column(server_default=TrackingKind.PERSON)
    # None: as soon as it is confirmed. The zone is an IANA name, in which the time was typed and is shown.
    scheduled_at: Mapped[datetime | None]
    time_zone: Mapped[str | None]
    late_policy: Mapped[str] = mapped_column(server_default=LatePolicy.ASK)
    late_hours: Mapped[int] = mapped_column(server_default="3")
    # Chunks are spread over so many minutes; 0: as fast as LINE allows.
    spread_minutes: Mapped[int] = mapped_column(server_default="0")
    # Of an A/B test, see BroadcastPlan: the second message set, the percent of people in the test, and the wait.
    content_b: Mapped[dict[str, Any] | None]
    test_share: Mapped[int | None]
    winner_after_hours: Mapped[int | None]
    # The Variant that the rest gets, once it is known, and since when.
    winner: Mapped[str | None]
    winner_at: Mapped[datetime | None]
    # Message units of the month that are kept for it, from its confirmation until its end.
    reserved_units: Mapped[int] = mapped_column(server_default="0")
    # What the review and the freezing found: {"friends", "reachable", "blocked"}. The freezing adds "definitions"; with
    # a frequency cap "capped" {"people", "most", "days"}, who are left out of the reachable; with a test "test"
    # {"a", "b"}, the people in its halves; picking the winner by clicks adds "clicked" {"a", "b"}, who had clicked, a
    # member's choice "chosen_by", their id.
    reviewed: Mapped[dict[str, Any] | None]
    frozen: Mapped[dict[str, Any] | None]
    # People by RecipientState as far as it has come, written together with the chunks.
    counts: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Set at the freezing.
    way: Mapped[str | None]
    # The name under which LINE counts it; None: this month's names were used up.
    unit: Mapped[str | None]
    # The sends that the addresses belong to: of the only set or A, and of B.
    tracked_send_id: Mapped[int | None]
    tracked_send_b_id: Mapped[int | None]
    confirmed_by: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    confirmed_by_key: Mapped[int | None] = mapped_column(ForeignKey("api_keys.id", ondelete="SET NULL"))
    confirmed_at: Mapped[datetime | None]
    # What one message cost when it was confirmed; None: no price was set then.
    price_yen: Mapped[Decimal | None]
    # The second person, where the account's rules ask for one.
    seconded_by: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    # When the freezing was; LINE was called from then on.
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    # A code for the error messages, and the values of its sentence.
    reason: Mapped[str | None]
    reason_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # When its run is to be started; see `schedule`.
    start_due_at: Mapped[datetime | None]
    start_attempts: Mapped[int] = mapped_column(server_default="0")
    start_leased_until: Mapped[datetime | None]
    start_reason: Mapped[str | None]
    # What a program that made it calls it, and the digest of what it asked for then.
    reference: Mapped[str | None]
    request_digest: Mapped[str | None]
    # Raised with every change of a draft; a member who saves says which one they saw.
    version: Mapped[int] = mapped_column(server_default="1")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))

    @property
    def contents(self) -> dict[Variant, dict[str, Any]]:
        """Return the stored message sets: A alone, or both of a test."""
        return {Variant.A: self.content} | ({Variant.B: self.content_b} if self.content_b is not None else {})

    @property
    def is_draft(self) -> bool:
        """Return whether it can still be changed."""
        return self.state == BroadcastState.DRAFT

    @property
    def is_frozen(self) -> bool:
        """Return whether its audience is in the ledger."""
        return self.started_at is not None

    @property
    def cost(self) -> int | None:
        """Return the whole yen of the messages that LINE took, at the price of its confirmation; None without one."""
        return self.cost_of(int(self.counts.get(RecipientState.SENT.value, 0)))

    def cost_of(self, messages: int) -> int | None:
        """Return what so many of its messages cost; None without a price, and before it has begun."""
        return in_yen(self.price_yen, messages) if self.price_yen is not None and self.is_frozen else None


class KeptFigures(Rates, Due, Model):
    """Figures of a broadcast that has begun, as they were at `counted_at`; the row orders the next count.

    `opened` and `clicked` are None where no one can know.
    """

    __tablename__ = "broadcast_figures"
    __table_args__ = (due_index("broadcast_figures"),)

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # None: not counted yet.
    counted_at: Mapped[datetime | None]
    sent: Mapped[int] = mapped_column(server_default="0")
    delivered: Mapped[int] = mapped_column(server_default="0")
    opened: Mapped[int | None]
    clicked: Mapped[int | None]
    clicks: Mapped[int] = mapped_column(server_default="0")
    replied: Mapped[int] = mapped_column(server_default="0")
    blocked: Mapped[int] = mapped_column(server_default="0")
    # [images loaded, clicks] of each hour from the start.
    hours: Mapped[list[list[int]]] = mapped_column(JSONB, server_default="[]")


class BroadcastRecipient(Model):
    """One person of a frozen audience. No foreign keys: a million rows would each be looked up.

    Partitioned by broadcast, so that each one's rows lie together.
    """

    __tablename__ = "broadcast_recipients"
    __table_args__ = (
        Index("ix_broadcast_recipients_friend", "broadcast_id", "friend_id"),
        Index("ix_broadcast_recipients_own", "broadcast_id", "position", postgresql_where=text("state IS NOT NULL")),
        {"postgresql_partition_by": "HASH (broadcast_id)"},
    )

    broadcast_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # From 1. In the order of the friends' ids, or with a test at random: first those with A, those with B, the rest.
    position: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    # Number of the chunk that it is sent with.
    chunk: Mapped[int] = mapped_column(Integer)
    friend_id: Mapped[int]
    # As it was at the freezing, so that a repeated call says the same.
    line_user_id: Mapped[str]
    # The Variant of a person who takes part in a test; the rest of the people gets the broadcast's `winner`.
    variant: Mapped[str | None]
    # A RecipientState; None: as the chunk's.
    state: Mapped[str | None]
    reason: Mapped[str | None]


class BroadcastChunk(Model):
    """People who are sent to together, from `first` to `last` position."""

    __tablename__ = "broadcast_chunks"
    __table_args__ = (
        Index("ix_broadcast_chunks_waiting", "broadcast_id", "number", postgresql_where=text("state = 'waiting'")),
    )

    broadcast_id: Mapped[int] = mapped_column(
        ForeignKey("broadcasts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    first: Mapped[int] = mapped_column(Integer)
    last: Mapped[int] = mapped_column(Integer)
    # Of a multicast. The key of a push follows from it and the friend.
    retry_key: Mapped[UUID]
    # Since when LINE may have taken something with this key; None: it surely has not.
    key_used_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(server_default=ChunkState.WAITING)
    reason: Mapped[str | None]
    # LINE's id of the accepted multicast.
    request_id: Mapped[str | None]
    settled_at: Mapped[datetime | None]


class BroadcastRules(Model):
    """What holds for all broadcasts of an account."""

    __tablename__ = "broadcast_rules"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # A broadcast needs the confirmation of a second member.
    needs_second: Mapped[bool] = mapped_column(server_default="false")
    # Full hours of the workspace's time zone, in which a broadcast is warned of; both None: there are none.
    quiet_from: Mapped[int | None]
    quiet_until: Mapped[int | None]
    # What one message costs; None: it is not said what a broadcast costs.
    price_yen: Mapped[Decimal | None]


class LedgerMark(Model):
    """The one row that says how far the ledger has come; `marks` compares it with what lies outside of the database."""

    __tablename__ = "ledger_marks"

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    # Random; tells this database from others that share a Redis or a disk.
    installation: Mapped[UUID]
    number: Mapped[int]
