"""LINE Official Accounts, the raw events they sent, and the groups they are in."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, column_property, mapped_column

from app.core.db import Model
from app.core.due.models import due_index
from app.core.secrets import Encrypted


class AccountState(StrEnum):
    """CONNECTED ⇄ BROKEN (the credentials are refused or lost); DISCONNECTED by a member, keeps the data."""

    CONNECTED = "connected"
    BROKEN = "broken"
    DISCONNECTED = "disconnected"


class TokenKind(StrEnum):
    """ISSUED: stateless tokens that we issue and renew; PASTED: a long-lived token from LINE's console."""

    ISSUED = "issued"
    PASTED = "pasted"


class Account(Model):
    """One LINE Official Account. Table and URL say account, screens say LINE Official Account."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(primary_key=True)
    # Unguessable part of the webhook address.
    webhook_key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(server_default=AccountState.CONNECTED)
    # Why it is broken: a code for core.reasons.
    problem: Mapped[str | None]
    # From LINE: who we are.
    bot_user_id: Mapped[str] = mapped_column(unique=True)
    basic_id: Mapped[str]
    premium_id: Mapped[str | None]
    name: Mapped[str]
    picture_url: Mapped[str | None]
    chat_mode: Mapped[str | None]
    mark_as_read_mode: Mapped[str | None]
    # Credentials of the Messaging API channel. Secrets are not loaded with the row: every page reads accounts, and
    # reconnecting must work after the encryption key was lost.
    channel_id: Mapped[str | None]
    channel_secret: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    token_kind: Mapped[str] = mapped_column(server_default=TokenKind.ISSUED)
    access_token: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    # None for a pasted token, which does not expire.
    token_expires_at: Mapped[datetime | None]
    # Until when one process has the right to renew the token.
    token_claimed_until: Mapped[datetime | None]
    # LINE Login channel and LIFF app of the same provider; stored now, used by links and sources.
    login_channel_id: Mapped[str | None]
    login_channel_secret: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    has_login_secret: Mapped[bool] = column_property(login_channel_secret.is_not(None))
    liff_id: Mapped[str | None]
    # Whether LINE gives us the follower list, which it does for verified and premium accounts only; None: not known.
    has_followers_api: Mapped[bool | None]
    followers_checked_at: Mapped[datetime | None]
    # What LINE said of the webhook when last asked, and when it last reached us.
    webhook_endpoint: Mapped[str | None]
    webhook_active: Mapped[bool | None]
    webhook_checked_at: Mapped[datetime | None]
    webhook_test_reason: Mapped[str | None]
    webhook_test_detail: Mapped[str | None]
    webhook_tested_at: Mapped[datetime | None]
    last_webhook_at: Mapped[datetime | None]
    # Requests to the webhook address whose signature did not fit the channel secret; about, not exactly.
    bad_signature_at: Mapped[datetime | None]
    bad_signatures: Mapped[int] = mapped_column(server_default="0")
    # Message quota of the month as LINE reports it; limit None means no limit.
    quota_limit: Mapped[int | None]
    quota_used: Mapped[int | None]
    quota_checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"), onupdate=func.now())
    disconnected_at: Mapped[datetime | None]

    @property
    def is_connected(self) -> bool:
        """Whether it may be used; a broken account is not."""
        return self.state == AccountState.CONNECTED

    @property
    def can_import_friends(self) -> bool:
        """Verified or premium, as far as LINE lets us know."""
        return bool(self.has_followers_api)


class CheckResult(Model):
    """What the last look at an account's set-up found; kept so that Home can show it without asking LINE."""

    __tablename__ = "account_checks"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    # A check of app/line/checks, such as "token" or "use_webhook".
    name: Mapped[str] = mapped_column(primary_key=True)
    state: Mapped[str]
    # Which of the check's sentences fits, and what it says in particular.
    code: Mapped[str]
    values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    checked_at: Mapped[datetime]


class BusinessHours(Model):
    """When an account is open; without a row it always is."""

    __tablename__ = "business_hours"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # As `app.line.business_hours.table` writes it.
    week: Mapped[dict[str, Any]]


class EventState(StrEnum):
    """PENDING → PROCESSED, IGNORED (nothing of ours to do) or FAILED; Replay makes it PENDING again."""

    PENDING = "pending"
    PROCESSED = "processed"
    IGNORED = "ignored"
    FAILED = "failed"


# What a sender took back must go also while the account is disconnected.
ALWAYS_WANTED = frozenset({"unsend"})

_PENDING = text("state = 'pending'")


class WebhookEvent(Model):
    """One event as LINE sent it, stored before it is answered. The row is the work order."""

    __tablename__ = "webhook_events"
    __table_args__ = (
        UniqueConstraint("account_id", "event_id"),
        # Which sources have something due, and what a source still has to do in its order.
        Index("ix_webhook_events_due", "due_at", postgresql_where=_PENDING),
        Index("ix_webhook_events_order", "account_id", "source_id", "occurred_at", "id", postgresql_where=_PENDING),
        # The list of received events, one source's, and those that failed.
        Index("ix_webhook_events_list", "account_id", "received_at", "id"),
        Index("ix_webhook_events_source", "account_id", "source_id", "received_at", "id"),
        Index("ix_webhook_events_failed", "account_id", "received_at", "id", postgresql_where=text("state = 'failed'")),
        # Whether a message was taken back before it came.
        Index(
            "ix_webhook_events_unsend",
            "account_id",
            text("((payload -> 'unsend') ->> 'messageId')"),
            postgresql_where=text("type = 'unsend'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # LINE's webhookEventId (a ULID); one we derive from the content when LINE gave none.
    event_id: Mapped[str]
    type: Mapped[str]
    # Whose order must be kept: user, group or room id; empty when the event has no source.
    source_id: Mapped[str]
    occurred_at: Mapped[datetime]
    received_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    is_redelivery: Mapped[bool] = mapped_column(server_default="false")
    # How often it arrived again after the first time.
    duplicates: Mapped[int] = mapped_column(server_default="0")
    # Exactly what was sent for this event.
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(server_default=EventState.PENDING)
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # What went wrong the last time, in the words of the program.
    error: Mapped[str | None]
    processed_at: Mapped[datetime | None]


class Group(Model):
    """A LINE group or multi-person room that the account was invited into."""

    __tablename__ = "groups"
    __table_args__ = (
        UniqueConstraint("account_id", "line_group_id"),
        due_index("groups", prefix="summary_"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # C… for groups, R… for rooms.
    line_group_id: Mapped[str]
    kind: Mapped[str]
    name: Mapped[str | None]
    picture_url: Mapped[str | None]
    # When LINE is to be asked for name and picture; the row is the work order. None: nothing to do.
    summary_due_at: Mapped[datetime | None]
    summary_attempts: Mapped[int] = mapped_column(server_default="0")
    summary_leased_until: Mapped[datetime | None]
    summary_reason: Mapped[str | None]
    is_joined: Mapped[bool]
    # Time of the join or leave that decided `is_joined`; an older event changes nothing.
    membership_changed_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class GroupMember(Model):
    """A person seen in a group: joining, leaving or writing."""

    __tablename__ = "group_members"
    __table_args__ = (
        UniqueConstraint("group_id", "line_user_id"),
        due_index("group_members", prefix="profile_"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    line_user_id: Mapped[str]
    is_present: Mapped[bool]
    changed_at: Mapped[datetime]
    # As the group calls them; None until LINE has told.
    display_name: Mapped[str | None]
    picture_url: Mapped[str | None]
    # When LINE is to be asked for both; None: nothing to do.
    profile_due_at: Mapped[datetime | None]
    profile_attempts: Mapped[int] = mapped_column(server_default="0")
    profile_leased_until: Mapped[datetime | None]
    profile_reason: Mapped[str | None]
