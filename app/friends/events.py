"""Facts about friends, announced to upper layers inside the transaction that makes them true."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class _Happened:
    """Common to what one friend did: whose account, who, when (LINE's clock) and the stored event behind it.

    `is_standby`: another channel holds the chat at the moment, so nothing may be sent because of this.
    """

    account_id: int
    friend_id: int
    occurred_at: datetime
    webhook_event_id: int | None = None
    is_standby: bool = False


@dataclass(frozen=True, kw_only=True)
class FriendAdded(_Happened):
    """A friend added the account; never announced for imported friends. The reply token is good for about a minute."""

    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendUnblocked(_Happened):
    """A friend who had blocked the account took the block back."""

    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendBlocked(_Happened):
    """A friend blocked the account."""


@dataclass(frozen=True, kw_only=True)
class FriendMessageReceived(_Happened):
    """A friend wrote. `message` is LINE's message object; `group_id` is set when it was in a group."""

    message: dict[str, Any]
    group_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendMessageEdited(_Happened):
    """A friend changed what they wrote before: `message` has the id of the earlier one and the new words."""

    message: dict[str, Any]
    group_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendMessageUnsent(_Happened):
    """A friend took a message back: copies of its content must go."""

    message_id: str


@dataclass(frozen=True, kw_only=True)
class FriendPostbackReceived(_Happened):
    """A friend tapped a button."""

    data: str
    params: dict[str, Any] = field(default_factory=dict)
    group_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendVideoWatched(_Happened):
    """A friend watched a video to its end."""

    tracking_id: str
    reply_token: str | None = None


@dataclass(frozen=True, kw_only=True)
class FriendAccountLinked(_Happened):
    """A friend tied the chat to an account elsewhere; `nonce` says which."""

    nonce: str


@dataclass(frozen=True, kw_only=True)
class TagAdded:
    """A tag was put on friends who did not have it. `source` is "member", "bulk" or the feature that did it."""

    account_id: int
    tag_id: int
    friend_ids: tuple[int, ...]
    source: str
    member_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class TagRemoved:
    """A tag was taken off friends who had it."""

    account_id: int
    tag_id: int
    friend_ids: tuple[int, ...]
    source: str
    member_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class TagDeleted:
    """A tag is no more, on no friend; TagRemoved is not announced for it."""

    account_id: int
    tag_id: int


@dataclass(frozen=True, kw_only=True)
class AttributeDeleted:
    """A custom attribute is no more, on no friend; AttributesChanged is not announced for it."""

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
