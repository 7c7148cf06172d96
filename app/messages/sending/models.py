"""Sends to one recipient, the reply tokens they may use, the recipients of tests, and how often a friend is reached."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index

# Pushes of workflows that reached a friend, or may have; replies answer what a friend did, and do not count.
PUSHED_BY_WORKFLOWS = "cause_kind = 'workflow' AND via = 'push' AND state IN ('sent', 'unknown')"


class SendState(StrEnum):
    """WAITING → SENT (LINE took it), REFUSED (nothing was sent), UNKNOWN (LINE did not say; never repeated)."""

    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class Via(StrEnum):
    """REPLY: free of charge, once, with a token. PUSH: with a retry key."""

    REPLY = "reply"
    PUSH = "push"


class MessageSend(Due, Model):
    """Up to five messages to one friend, group or room; the row is the work order."""

    __tablename__ = "message_sends"
    __table_args__ = (
        due_index("message_sends"),
        Index("ix_message_sends_friend", "friend_id", text("created_at DESC"), text("id DESC")),
        Index("ix_message_sends_cause", "account_id", "cause_kind", "cause_id"),
        Index(
            "ix_message_sends_auto_message",
            "auto_message_id",
            postgresql_where=text("auto_message_id IS NOT NULL"),
        ),
        # A step of a workflow is stored once.
        Index(
            "uq_message_sends_workflow",
            "cause_kind",
            "cause_id",
            unique=True,
            postgresql_where=text("cause_kind = 'workflow'"),
        ),
        # What still waits in a chat.
        Index("ix_message_sends_chat", "account_id", "chat_id", "id", postgresql_where=text("due_at IS NOT NULL")),
        # How often workflows reached friends.
        Index(
            "ix_message_sends_reach",
            "account_id",
            "settled_at",
            postgresql_include=["friend_id"],
            postgresql_where=text(PUSHED_BY_WORKFLOWS),
        ),
        Index("ix_message_sends_press", "friend_id", "press", unique=True, postgresql_where=text("press IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # LINE's id of the friend, group or room: U…, C… or R….
    chat_id: Mapped[str]
    friend_id: Mapped[int | None] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"))
    # Why it is sent, such as "test" or "workflow", and the id of that.
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    # The Auto Send Message that the cause sends, if it is one. No foreign key: deleting one leaves its sends alone.
    auto_message_id: Mapped[int | None]
    # Which press of a button sent what, so that the same press of the same content sends once; None where nothing says.
    press: Mapped[str | None]
    # It answers by itself what the other side said or tapped; not sent while a person answers.
    is_automatic_answer: Mapped[bool] = mapped_column(server_default="false")
    # Who sends it: {"kind", "id", "label"}.
    actor: Mapped[dict[str, Any]]
    # Exactly what LINE gets; a retry must repeat it.
    messages: Mapped[list[Any]]
    # The tracked send of its links; None where nothing in it is tracked. No foreign key: both go with their account.
    tracked_send_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(server_default=SendState.WAITING)
    # How the try under way, or the last one, reaches LINE; None before the first, and when nothing was sent.
    via: Mapped[str | None]
    retry_key: Mapped[UUID]
    # How many of the month's messages a push takes: one for each person reached; None where it was not counted.
    units: Mapped[int | None]
    # LINE forgets a retry key 24 hours after this.
    key_used_at: Mapped[datetime | None]
    # Values of the sentence for `reason`.
    reason_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # LINE's id of the accepted request.
    request_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    settled_at: Mapped[datetime | None]


class ReplyToken(Model):
    """A reply token that LINE gave out with an event; one send may claim it."""

    __tablename__ = "reply_tokens"
    __table_args__ = (
        UniqueConstraint("account_id", "token"),
        Index("ix_reply_tokens_free", "account_id", "chat_id", "given_at", postgresql_where=text("send_id IS NULL")),
        Index("ix_reply_tokens_given_at", "given_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    chat_id: Mapped[str]
    token: Mapped[str]
    # When the event happened, by LINE's clock.
    given_at: Mapped[datetime]
    send_id: Mapped[int | None]


class Tester(Model):
    """A friend who gets test messages of the account; `member_id` where it is a member's own LINE."""

    __tablename__ = "testers"

    friend_id: Mapped[int] = mapped_column(
        ForeignKey("friends.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"), index=True)
    added_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class TesterCode(Model):
    """A code that a member sends to the account from their own LINE, to become a test recipient."""

    __tablename__ = "tester_codes"
    __table_args__ = (UniqueConstraint("account_id", "code"),)

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), primary_key=True, index=True)
    # Eight digits.
    code: Mapped[str]
    expires_at: Mapped[datetime]


class FrequencyCap(Model):
    """An account's rule: what members send to many reaches a friend at most `most` times within `days` days."""

    __tablename__ = "frequency_caps"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    most: Mapped[int]
    days: Mapped[int]
