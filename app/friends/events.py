"""Events about friends, announced to upper layers inside the transaction that stores what they say."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class _FriendEvent:
    """Fields of what one friend did; `occurred_at` is by LINE's clock.

    `is_standby`: another channel holds the chat at the moment, so nothing may be sent because of this event.
    """

    account_id: int
    friend_id: int
    occurred_at: datetime
    webhook_event_id: int | None = None
    is_standby: bool = False


@dataclass(frozen=True, kw_only=True)
class FriendAdded(_FriendEvent):
    """A friend added the account; never announced for imported friends. The reply token is good for about a minute."""

    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendUnblocked(_FriendEvent):
    """A friend unblocked the account."""

    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendBlocked(_FriendEvent):
    """A friend blocked the account."""


@dataclass(frozen=True, kw_only=True)
class FriendMessageReceived(_FriendEvent):
    """A friend sent a message. `message` is LINE's message object; `group_id` is set when it was in a group."""

    message: dict[str, Any]
    group_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendMessageEdited(_FriendEvent):
    """A friend edited a message: `message` has the id of the earlier one and the new text."""

    message: dict[str, Any]
    group_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendMessageUnsent(_FriendEvent):
    """A friend unsent a message: every copy of its content must be deleted."""

    message_id: str


@dataclass(frozen=True, kw_only=True)
class FriendPostbackReceived(_FriendEvent):
    """A friend tapped a button."""

    data: str
    params: dict[str, Any] = field(default_factory=dict)
    group_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendVideoWatched(_FriendEvent):
    """A friend watched a video to its end."""

    tracking_id: str
    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendAccountLinked(_FriendEvent):
    """A friend linked the chat with an account of another service; `nonce` is what that service gave out."""

    nonce: str


@dataclass(frozen=True, kw_only=True)
class ProfilesChanged:
    """LINE said something new of these friends: another name or picture, or that they follow the account."""

    account_id: int
    friend_ids: tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class _TagChange:
    """A tag and the friends who changed. `source` is "member", "bulk" or the name of a feature."""

    account_id: int
    tag_id: int
    friend_ids: tuple[int, ...]
    source: str
    member_id: int | None = None


class TagAdded(_TagChange):
    """A tag was added to friends who did not have it."""


class TagRemoved(_TagChange):
    """A tag was removed from friends who had it."""


@dataclass(frozen=True, kw_only=True)
class TagRenamed:
    """A tag has another name; its friends keep it."""

    account_id: int
    tag_id: int


@dataclass(frozen=True, kw_only=True)
class TagDeleted:
    """A tag was deleted and thereby removed from all friends; no TagRemoved is announced."""

    account_id: int
    tag_id: int


@dataclass(frozen=True, kw_only=True)
class AttributeDeleted:
    """A custom attribute was deleted with all its values; no AttributesChanged is announced."""

    account_id: int
    key: str


@dataclass(frozen=True, kw_only=True)
class AttributesChanged:
    """The same fields of these friends changed; `names` are field names, custom ones as `attributes.<key>`."""

    account_id: int
    friend_ids: tuple[int, ...]
    names: tuple[str, ...]
    source: str
    member_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class IdLinksStored:
    """Links with user IDs were stored for LINE users of this account, new or changed; their `updated_at` is `at`."""

    account_id: int
    at: datetime
