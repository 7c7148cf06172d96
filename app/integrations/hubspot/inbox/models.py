"""Rows of the inbox sync: the channel of the app, inboxes of LINE accounts, threads, and messages both ways."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index


class InboxState(StrEnum):
    """WAITING: described to HubSpot, which has not said yet that it is connected. CONNECTED: conversations are synced.

    DISCONNECTED: removed here or at HubSpot; what HubSpot has stays there.
    """

    WAITING = "waiting"
    CONNECTED = "connected"
    DISCONNECTED = "disconnected"


class OutboxState(StrEnum):
    """WAITING → PUBLISHED, REFUSED by HubSpot, or LEFT where there is nothing to publish any more."""

    WAITING = "waiting"
    PUBLISHED = "published"
    REFUSED = "refused"
    LEFT = "left"


class AnswerState(StrEnum):
    """RECEIVED → SENDING (its sends are stored) → SETTLED (it is known what came of them) → DONE (HubSpot knows it).

    What cannot be sent goes from RECEIVED to SETTLED.
    """

    RECEIVED = "received"
    SENDING = "sending"
    SETTLED = "settled"
    DONE = "done"


class HubSpotChannel(Model):
    """The custom channel that an app of ours has registered at HubSpot, once for all portals."""

    __tablename__ = "hubspot_channels"

    app_id: Mapped[str] = mapped_column(primary_key=True)
    # None until HubSpot has registered it.
    channel_id: Mapped[str | None]
    # Unguessable part of the address to which HubSpot sends what is written in inboxes.
    webhook_key: Mapped[str] = mapped_column(unique=True)
    registered_at: Mapped[datetime | None]
    # Why the last try failed: a code for the error messages.
    problem: Mapped[str | None]
    problem_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class HubSpotInbox(Due, Model):
    """The inbox in which conversations of a LINE account are; due: HubSpot is to be asked how it is connected."""

    __tablename__ = "hubspot_inboxes"
    __table_args__ = (
        # Two accounts can change places.
        UniqueConstraint("integration_id", "account_id", deferrable=True, initially="DEFERRED"),
        Index("ix_hubspot_inboxes_account_id", "account_id"),
        due_index("hubspot_inboxes"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # By which HubSpot knows it; it stays the same when it is connected again.
    identifier: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(server_default=InboxState.WAITING)
    channel_id: Mapped[str]
    channel_account_id: Mapped[str | None]
    # What HubSpot calls the connected channel, and the inbox in which it is.
    name: Mapped[str] = mapped_column(server_default="")
    inbox_id: Mapped[str | None]
    inbox_name: Mapped[str] = mapped_column(server_default="")
    connected_at: Mapped[datetime | None]
    connected_by: Mapped[int | None]
    disconnected_at: Mapped[datetime | None]
    # Why nothing goes through at the moment, or why it is disconnected: a code for the error messages.
    problem: Mapped[str | None]
    problem_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # When the last message went to HubSpot, and the last one came from there.
    last_published_at: Mapped[datetime | None]
    last_received_at: Mapped[datetime | None]


class HubSpotThread(Due, Model):
    """A conversation of ours in HubSpot's inbox; due: something of it is to be published, in order."""

    __tablename__ = "hubspot_threads"
    __table_args__ = (
        UniqueConstraint("inbox_id", "chat_id"),
        due_index("hubspot_threads", "integration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    inbox_id: Mapped[int] = mapped_column(ForeignKey("hubspot_inboxes.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # LINE's id of the friend, group or room.
    chat_id: Mapped[str]
    # HubSpot's number of it, once something was published.
    remote_id: Mapped[str | None]


class HubSpotOutgoing(Model):
    """Something to be published in HubSpot's inbox: a message of LINE, a send of ours, a broadcast."""

    __tablename__ = "hubspot_outgoing"
    __table_args__ = (
        # The same message is published once, however often it is told.
        UniqueConstraint("thread_id", "source"),
        Index(
            "ix_hubspot_outgoing_waiting",
            "thread_id",
            "occurred_at",
            "id",
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_hubspot_outgoing_ended_at", "ended_at", postgresql_where=text("ended_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    thread_id: Mapped[int] = mapped_column(ForeignKey("hubspot_threads.id", ondelete="CASCADE"))
    # "line:" or "unsent:" and LINE's id of a message, "send:" and ours of a send, "broadcast:" and ours of a broadcast.
    source: Mapped[str]
    occurred_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default=OutboxState.WAITING)
    # Why HubSpot refused it: a code for the error messages.
    problem: Mapped[str | None]
    problem_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    ended_at: Mapped[datetime | None]


class HubSpotAnswer(Due, Model):
    """What a person wrote in HubSpot's inbox; due: to be sent to LINE, or HubSpot to be told what came of it."""

    __tablename__ = "hubspot_answers"
    __table_args__ = (
        # HubSpot may tell the same message again.
        UniqueConstraint("integration_id", "remote_id"),
        due_index("hubspot_answers"),
        Index("ix_hubspot_answers_chat", "integration_id", "thread_name", "written_at", "id"),
        Index("ix_hubspot_answers_done_at", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    # HubSpot's id of the message, its channel, and of the connected channel account.
    remote_id: Mapped[str]
    channel_id: Mapped[str]
    channel_account_id: Mapped[str]
    # Our name of the thread: the account and the chat.
    thread_name: Mapped[str]
    # The message as HubSpot told it.
    message: Mapped[dict[str, Any]]
    written_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(server_default=AnswerState.RECEIVED)
    # Ids of the sends that it became.
    send_ids: Mapped[list[Any]] = mapped_column(server_default="[]")
    # None: all is well. Else a code for the error messages, which HubSpot is told as a sentence.
    problem: Mapped[str | None]
    problem_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    received_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    done_at: Mapped[datetime | None]


class HubSpotGroups(Model):
    """Whether a portal's LINE group chats are synced as companies, and what is in the way."""

    __tablename__ = "hubspot_groups"

    integration_id: Mapped[int] = mapped_column(
        ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    is_on: Mapped[bool] = mapped_column(server_default="false")
    problem: Mapped[str | None]
    problem_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class GroupCompany(Due, Model):
    """A LINE group and the company that stands for it at HubSpot; due: something of the group is to be written."""

    __tablename__ = "hubspot_group_companies"
    __table_args__ = (
        UniqueConstraint("integration_id", "group_id"),
        due_index("hubspot_group_companies", "integration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    group_id: Mapped[int] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    remote_id: Mapped[str | None]
    # What was written last: {name: value}.
    written: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Contacts that are associated with it.
    contacts: Mapped[list[Any]] = mapped_column(server_default="[]")
    looked_at: Mapped[datetime | None]
