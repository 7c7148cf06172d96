"""The rows of conversations."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index

# The number of the transaction that writes. A reader that has seen all up to the oldest one still open misses nothing.
TRANSACTION = "CAST(CAST(pg_current_xact_id() AS text) AS bigint)"
# What can be searched of a line, and the pairs of characters that the search index has of it. `search_fold` and
# `search_pairs` are made by a migration.
SAID = "search_fold(coalesce(content ->> 'text', content ->> 'altText', content ->> 'fileName', ''))"
SAID_PAIRS = f"search_pairs({SAID})"
HAS_FILE = "direction = 'in' AND type IN ('image', 'video', 'audio', 'file')"


class Direction(StrEnum):
    """IN: a person wrote it. OUT: the account sent it. EVENT: a line about the chat, such as a member who left."""

    IN = "in"
    OUT = "out"
    EVENT = "event"


class MessageState(StrEnum):
    """RECEIVED → UNSENT (taken back, content removed). WAITING → SENT, REFUSED or UNKNOWN (LINE did not say)."""

    RECEIVED = "received"
    UNSENT = "unsent"
    WAITING = "waiting"
    SENT = "sent"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class ConversationKind(StrEnum):
    """FRIEND: with one person. GROUP: with a LINE group or room."""

    FRIEND = "friend"
    GROUP = "group"


class ConversationStatus(StrEnum):
    """What the team has to do about a conversation; each begins without a status."""

    NONE = "none"
    TO_DO = "to_do"
    DONE = "done"


class Owner(StrEnum):
    """Who answers: automatic messages, the Customer Agent, or a person, whom the other two leave alone."""

    AUTOMATION = "automation"
    AGENT = "agent"
    PERSON = "person"


class Conversation(Model):
    """What the team keeps of a chat with a friend, a group or a room; its messages are `ConversationMessage`."""

    __tablename__ = "conversations"
    __table_args__ = (
        UniqueConstraint("account_id", "chat_id"),
        Index("ix_conversations_list", "account_id", text("last_message_at DESC"), text("id DESC")),
        Index("ix_conversations_changed_in", "changed_in"),
        Index("ix_conversations_friend_id", "friend_id"),
        Index("ix_conversations_group_id", "group_id", postgresql_where=text("group_id IS NOT NULL")),
        Index("ix_conversations_assignee_id", "assignee_id", postgresql_where=text("assignee_id IS NOT NULL")),
        Index("ix_conversations_owner_id", "owner_id", postgresql_where=text("owner_id IS NOT NULL")),
        Index(
            "ix_conversations_unanswered",
            "account_id",
            "unanswered_since",
            "id",
            postgresql_where=text("unanswered_since IS NOT NULL AND NOT is_spam"),
        ),
        Index("ix_conversations_pinned_note_id", "pinned_note_id", postgresql_where=text("pinned_note_id IS NOT NULL")),
        # What a member has not read is looked for among the newest.
        Index("ix_conversations_last_incoming_id", "account_id", text("last_incoming_id DESC")),
        Index(
            "ix_conversations_status",
            "account_id",
            "status",
            text("last_message_at DESC"),
            text("id DESC"),
            postgresql_where=text("status <> 'none'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # LINE's id of the friend, group or room: U…, C… or R….
    chat_id: Mapped[str]
    kind: Mapped[str]
    friend_id: Mapped[int | None] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("groups.id", ondelete="CASCADE"))
    status: Mapped[str] = mapped_column(server_default=ConversationStatus.NONE)
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    # Left out of all counts and notifications; automatic messages stop.
    is_spam: Mapped[bool] = mapped_column(server_default="false")
    owner: Mapped[str] = mapped_column(server_default=Owner.AUTOMATION)
    # The member who took it over, where it was one.
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))
    owned_since: Mapped[datetime | None]
    started_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # The newest line of the thread; the list is in this order. Without one, when the conversation was opened.
    last_message_id: Mapped[int | None]
    last_message_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # The newest message of the other side. A tapped button is none: it asks for no reader.
    last_incoming_id: Mapped[int | None]
    last_incoming_at: Mapped[datetime | None]
    # Since when the other side waits for an answer by a person or the Customer Agent; None: it does not.
    unanswered_since: Mapped[datetime | None]
    # The newest answer; what was stored before it is answered, whatever the clocks of LINE and of this machine say.
    answered_id: Mapped[int | None]
    # Up to which message LINE was told that it is read.
    read_at_line_id: Mapped[int | None]
    # The note of the team that is shown above the thread.
    pinned_note_id: Mapped[int | None] = mapped_column(ForeignKey("conversation_messages.id", ondelete="SET NULL"))
    # How many people a group or room had when LINE was asked last, without the account; None: not known.
    people: Mapped[int | None]
    # The transaction that changed the row, or a line of its thread, last.
    changed_in: Mapped[int] = mapped_column(server_default=text(TRANSACTION))


class ChatSettings(Model):
    """How an account's conversations behave; an account without a row has the defaults."""

    __tablename__ = "chat_settings"

    account_id: Mapped[int] = mapped_column(
        ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # What a new message makes of a conversation that is done: a `ConversationStatus`.
    status_on_message: Mapped[str] = mapped_column(server_default=ConversationStatus.TO_DO)
    # The member who answers first is assigned to a conversation of which no one has charge.
    assigns_first_answer: Mapped[bool] = mapped_column(server_default="false")
    # When LINE is told that messages are read: "open", "answer" or "hand".
    marks_read: Mapped[str] = mapped_column(server_default="hand")
    # Within how many minutes the team wants to answer; None: no promise.
    answer_within: Mapped[int | None]
    # Who is told by e-mail when it did not: an `AlertTo`; and when that was done last.
    alerts: Mapped[str] = mapped_column(server_default="none")
    alerted_at: Mapped[datetime | None]
    # For how many seconds LINE shows that someone is writing; 0: not at all.
    loading_seconds: Mapped[int] = mapped_column(server_default="0")
    # After so many idle hours a person's conversation goes back to automation; None: by hand only.
    release_after: Mapped[int | None]
    # For how many months files that friends send are kept; None: for ever.
    keep_months: Mapped[int | None]
    # The largest file that is fetched from LINE, in MB.
    largest_file: Mapped[int] = mapped_column(server_default="300")
    # What is sent once for each closed period and conversation; None: nothing.
    closed_content: Mapped[dict[str, Any] | None]


class TimerKind(StrEnum):
    """What is done for a conversation when its time comes.

    ANSWER: members are told that the other side waits too long. CLOSED: it is answered that the account is closed.
    RELEASE: a person's conversation goes back to automation. READ: LINE is told that its messages are read.
    """

    ANSWER = "answer"
    CLOSED = "closed"
    RELEASE = "release"
    READ = "read"


class ConversationTimer(Due, Model):
    """When something is to be done for a conversation by itself; one row for each kind, kept for the next time."""

    __tablename__ = "conversation_timers"
    __table_args__ = (UniqueConstraint("conversation_id", "kind"), due_index("conversation_timers"))

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"))
    kind: Mapped[str]
    # ANSWER: since when those waited of whom members were told last. CLOSED: when the closed period ends in which it
    # was said last.
    done_for: Mapped[datetime | None]


class ConversationMessage(Model):
    """One line of the chat with a friend, group or room: a message, or what happened in it."""

    __tablename__ = "conversation_messages"
    __table_args__ = (
        UniqueConstraint("account_id", "line_message_id"),
        UniqueConstraint("send_id", "position"),
        # A replayed event of a message to which LINE gave no id writes no second row.
        Index(
            "uq_conversation_messages_event",
            "webhook_event_id",
            unique=True,
            postgresql_where=text("line_message_id IS NULL"),
        ),
        Index("ix_conversation_messages_thread", "account_id", "chat_id", text("occurred_at DESC"), text("id DESC")),
        Index("ix_conversation_messages_friend_id", "friend_id"),
        # What an account's people and members said, in the order of time.
        Index("ix_conversation_messages_time", "account_id", text("occurred_at DESC"), text("id DESC")),
        Index("ix_conversation_messages_search", text(f"({SAID_PAIRS})"), postgresql_using="gin"),
        Index("ix_conversation_messages_files", "account_id", "chat_id", postgresql_where=text(HAS_FILE)),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # LINE's id of the friend, group or room: U…, C… or R….
    chat_id: Mapped[str]
    direction: Mapped[str]
    # "friend" for what came in, else the kind of the actor; with the member's or key's id where there is one.
    author_kind: Mapped[str]
    author_id: Mapped[int | None]
    # Who wrote it or gets it; None in groups for people who are no friends, and for what goes to a group.
    friend_id: Mapped[int | None] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"))
    author_line_id: Mapped[str | None]
    # LINE's type of the message, and its content: what came in as `friends.messages.kept` keeps it, what went out
    # exactly as LINE got it.
    type: Mapped[str]
    content: Mapped[dict[str, Any]]
    state: Mapped[str]
    line_message_id: Mapped[str | None]
    quote_token: Mapped[str | None]
    quoted_message_id: Mapped[str | None]
    occurred_at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    # Another channel held the chat when the message came.
    is_standby: Mapped[bool] = mapped_column(server_default="false")
    # What it came from: the stored event, or the send and the place in it.
    webhook_event_id: Mapped[int | None]
    send_id: Mapped[int | None]
    position: Mapped[int | None]
    # Why it was sent, such as "test" or "workflow", and the id of that.
    cause_kind: Mapped[str]
    cause_id: Mapped[str]
    # An answer by a person or the Customer Agent, after which the other side does not wait any more.
    is_answer: Mapped[bool] = mapped_column(server_default="false")
    # The transaction that changed the row last; None for those from before this was kept.
    changed_in: Mapped[int | None] = mapped_column(server_default=text(TRANSACTION))
