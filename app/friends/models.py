"""Friends, their tags, their custom attributes, their ID links and their activity."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Computed, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from app.core.db import Model
from app.core.due.models import due_index
from app.core.values import phones
from app.friends.names import full_name

# The functions `search_fold` and `search_pairs` are made by the migration, which says why. One line for each way in
# which a name may be typed; the phone number once more as digits alone, and in its normal form.
SEARCHED = (
    "search_fold(coalesce(display_name, '') || chr(10) || coalesce(last_name, '') || coalesce(first_name, '')"
    " || chr(10) || coalesce(first_name, '') || ' ' || coalesce(last_name, '') || chr(10) || coalesce(email, '')"
    " || chr(10) || coalesce(phone, '') || chr(10) || regexp_replace(coalesce(phone, ''), '\\D', '', 'g')"
    " || chr(10) || coalesce(phone_normal, '') || chr(10) || coalesce(company, ''))"
)
# What the search index holds of a friend: pairs of the text, and the LINE user id cut into eight pieces of four. Ids
# are random, so that overlapping pairs of them would make every search find strangers and the index twice as large.
GRAMS = (
    "search_pairs(search_text) || string_to_array(regexp_replace(substr(line_user_id, 2), '(....)', '\\1 ', 'g'), ' ')"
)
# Sorted as older than everything that is known; the same word forwards and backwards.
UNKNOWN_TIME = "'-infinity'::timestamp with time zone"
ADDED = f"COALESCE(followed_at, {UNKNOWN_TIME})"
ACTIVE = f"COALESCE(last_activity_at, {UNKNOWN_TIME})"

# What friends did themselves; a bulk change writes a million lines that no member wants to see first.
# The condition of the index of attributes, which looks up one value of many friends.
HAS_ATTRIBUTES = "attributes <> '{}'::jsonb"
BY_FRIEND = "kind <> ALL (ARRAY['tag_added'::text, 'tag_removed'::text, 'attributes_changed'::text])"
FOLLOWS = "kind = ANY (ARRAY['followed'::text, 'unblocked'::text, 'blocked'::text])"


class FollowStatus(StrEnum):
    """FOLLOWING: a friend now. BLOCKED: was one and blocked the account. STRANGER: wrote without having added it."""

    FOLLOWING = "following"
    BLOCKED = "blocked"
    STRANGER = "stranger"


class Friend(Model):
    """A person on one LINE Official Account."""

    __tablename__ = "friends"
    __table_args__ = (
        UniqueConstraint("account_id", "line_user_id"),
        Index("ix_friends_account", "account_id", "id"),
        Index("ix_friends_search", text(f"({GRAMS})"), postgresql_using="gin"),
        # What an index includes need not be fetched from the table to be counted.
        Index("ix_friends_added", "account_id", text(ADDED), "id", postgresql_include=["followed_at", "follow_status"]),
        Index(
            "ix_friends_active",
            "account_id",
            text(ACTIVE),
            "id",
            postgresql_include=["last_activity_at", "follow_status"],
        ),
        Index("ix_friends_name", "account_id", "name_sort", "id"),
        Index(
            "ix_friends_phone",
            "account_id",
            "phone_normal",
            postgresql_where=text("phone_normal IS NOT NULL"),
        ),
        Index(
            "ix_friends_email",
            "account_id",
            text("search_fold(email)"),
            postgresql_where=text("email IS NOT NULL"),
        ),
        Index(
            "ix_friends_status",
            "account_id",
            "follow_status",
            text(ADDED),
            "id",
            postgresql_include=["followed_at"],
        ),
        Index("ix_friends_language", "account_id", "language", "follow_status"),
        Index("ix_friends_last_message", "account_id", "last_message_at", "follow_status"),
        *(
            Index(
                f"ix_friends_{name}",
                "account_id",
                name,
                "follow_status",
                postgresql_where=text(f"{name} IS NOT NULL"),
            )
            for name in ("last_open_at", "last_click_at")
        ),
        Index(
            "ix_friends_attributes",
            "attributes",
            postgresql_using="gin",
            postgresql_ops={"attributes": "jsonb_path_ops"},
            postgresql_where=text(HAS_ATTRIBUTES),
        ),
        due_index("friends", "account_id", prefix="profile_"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # "U" and 32 hex digits; the same person has another one at another provider.
    line_user_id: Mapped[str]
    # From LINE; None while unknown.
    display_name: Mapped[str | None]
    picture_url: Mapped[str | None]
    status_message: Mapped[str | None]
    language: Mapped[str | None]
    profile_fetched_at: Mapped[datetime | None]
    # When LINE is to be asked for the profile; the row is the work order. None: nothing to do.
    profile_due_at: Mapped[datetime | None]
    profile_attempts: Mapped[int] = mapped_column(server_default="0")
    profile_leased_until: Mapped[datetime | None]
    profile_reason: Mapped[str | None]
    # Asked for and not given (blocked, no consent, gone).
    profile_unavailable: Mapped[bool] = mapped_column(server_default="false")
    follow_status: Mapped[str] = mapped_column(server_default=FollowStatus.FOLLOWING)
    # Time of the follow or unfollow that decided the status; an older event changes nothing.
    status_changed_at: Mapped[datetime | None]
    # Friend-added date: the first follow we saw. None for imported friends: unknown stays unknown.
    followed_at: Mapped[datetime | None]
    unblocked_at: Mapped[datetime | None]
    blocked_at: Mapped[datetime | None]
    # "webhook" or "import".
    origin: Mapped[str]
    # What the team knows; edited by hand or synced.
    first_name: Mapped[str | None]
    last_name: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    # The same number as `core.values.phones.normal` writes it; kept with every change of `phone`.
    phone_normal: Mapped[str | None]
    company: Mapped[str | None]
    # Custom attributes by key; see AttributeDefinition.
    attributes: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Linked services, for example {"hubspot": "123"}; written by integrations.
    links: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    last_message_at: Mapped[datetime | None]
    last_activity_at: Mapped[datetime | None]
    # The last message of ours that the friend is known to have seen, and the last link that they opened.
    last_open_at: Mapped[datetime | None]
    last_click_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"), onupdate=func.now())
    # Written by PostgreSQL; deferred since no page shows them.
    search_text: Mapped[str] = mapped_column(Computed(SEARCHED, persisted=True), deferred=True)
    name_sort: Mapped[str] = mapped_column(
        Text(collation="C"), Computed("search_fold(coalesce(display_name, ''))", persisted=True), deferred=True
    )

    @validates("phone")
    def _normalize_phone(self, _name: str, value: str | None) -> str | None:
        self.phone_normal = phones.normal(value) if value else None
        return value

    @property
    def full_name(self) -> str:
        """Return first and last name in the order of their script."""
        return full_name(self.first_name, self.last_name)


class Tag(Model):
    """A marker put on friends; it belongs to one account for good."""

    __tablename__ = "tags"
    __table_args__ = (
        # A tag on its way out no longer holds its name. The function `same_look` is made by a migration, which says
        # what it takes for the same.
        Index(
            "uq_tags_name",
            "account_id",
            text("same_look(name)"),
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"), onupdate=func.now())
    # Deleted, but still being taken off its friends by a worker; no page knows it any more.
    deleted_at: Mapped[datetime | None]


class FriendTag(Model):
    """A tag on a friend."""

    __tablename__ = "friend_tags"
    __table_args__ = (Index("ix_friend_tags_friend_id", "friend_id", "tag_id"),)

    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True)
    friend_id: Mapped[int] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # `ValueSource.id`; None for tags from before sources were kept. No foreign key, since each row would be looked up.
    source_id: Mapped[int | None]


class ValueSource(Model):
    """Where values and tags of friends came from: one row per source, so that each value stores only its id."""

    __tablename__ = "value_sources"
    __table_args__ = (UniqueConstraint("account_id", "kind", "reference"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # A word such as "member", "bulk", "import", or the name of a connected service.
    kind: Mapped[str]
    # Which one of the kind, for example a member's id or a portal's; empty where the kind has only one.
    reference: Mapped[str] = mapped_column(server_default="")
    # What it was called when it last wrote something.
    label: Mapped[str] = mapped_column(server_default="")


class FriendValueSource(Model):
    """Source and time of each value that the team knows of a friend; beside the friend, so that scans stay narrow."""

    __tablename__ = "friend_value_sources"

    friend_id: Mapped[int] = mapped_column(
        ForeignKey("friends.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    # {field name: [`ValueSource.id`, ISO time]}.
    sources: Mapped[dict[str, Any]] = mapped_column(server_default="{}")


class AttributeKind(StrEnum):
    """Types of a custom attribute's value."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    YES_NO = "yes_no"


class AttributeDefinition(Model):
    """A custom attribute that friends of an account may have."""

    __tablename__ = "attribute_definitions"
    __table_args__ = (
        UniqueConstraint("account_id", "key"),
        Index(
            "uq_attribute_definitions_label",
            "account_id",
            text("same_look(label)"),
            unique=True,
            postgresql_where=text("deleted_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # Stable name inside `Friend.attributes`; made from the label once.
    key: Mapped[str]
    label: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default=AttributeKind.TEXT)
    position: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # Deleted, but its values are still being taken off friends by a worker.
    deleted_at: Mapped[datetime | None]


class IdLink(Model):
    """A LINE user's ID in the business's own systems: their user ID there. The person need not be a friend (yet).

    No foreign key to the account: a nightly file has millions of rows, and each would be looked up there.
    """

    __tablename__ = "id_links"
    __table_args__ = (
        Index("ix_id_links_user_id", "account_id", "user_id"),
        # User IDs that are e-mail addresses, which people write in any case. To be built again when folding changes.
        Index(
            "ix_id_links_address",
            "account_id",
            text("search_fold(user_id)"),
            postgresql_where=text("strpos(user_id, '@') > 0"),
        ),
    )

    account_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # Compared byte by byte, which sorts fast and lets the indexes find beginnings.
    line_user_id: Mapped[str] = mapped_column(Text(collation="C"), primary_key=True)
    user_id: Mapped[str] = mapped_column(Text(collation="C"))
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # When the user ID last became another one.
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Activity(Model):
    """Something that happened with a friend, for the timeline and for segments."""

    __tablename__ = "activities"
    __table_args__ = (
        Index("ix_activities_timeline", "friend_id", text("occurred_at DESC"), text("id DESC")),
        Index("ix_activities_recent", "account_id", text("occurred_at DESC"), postgresql_where=text(BY_FRIEND)),
        UniqueConstraint("webhook_event_id", "kind"),
        Index("ix_activities_follows", "account_id", "occurred_at", postgresql_where=text(FOLLOWS)),
        Index(
            "ix_activities_message",
            "account_id",
            text("(data ->> 'message_id')"),
            postgresql_where=text("kind = 'message'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    friend_id: Mapped[int] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"))
    # A word such as "followed", "blocked", "message", "postback", "tag_added".
    kind: Mapped[str]
    occurred_at: Mapped[datetime]
    # What the kind's line on the timeline needs.
    data: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # The stored event behind it, so that a replay writes no second line; no foreign key since old events are pruned.
    webhook_event_id: Mapped[int | None]
    # The member behind it, when it was one.
    member_id: Mapped[int | None]
