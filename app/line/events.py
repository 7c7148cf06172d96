"""Events of LINE, announced to upper layers inside the transaction that marks them processed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class _Said:
    """Common to all: which account, when (LINE's clock), and the stored event behind it."""

    account_id: int
    occurred_at: datetime
    webhook_event_id: int
    # Another channel holds the chat at the moment: nothing may be sent because of this event.
    is_standby: bool = field(default=False, kw_only=True)


@dataclass(frozen=True)
class UserFollowed(_Said):
    """A person added the account, or unblocked it."""

    line_user_id: str
    is_unblocked: bool
    reply_token: str | None = None


@dataclass(frozen=True)
class UserUnfollowed(_Said):
    """A friend blocked the account."""

    line_user_id: str


@dataclass(frozen=True)
class MessageReceived(_Said):
    """A person wrote. `group_id` is set in groups and rooms; `message` is LINE's message object."""

    line_user_id: str
    message: dict[str, Any]
    group_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True)
class MessageEdited(MessageReceived):
    """A person changed what they wrote before; `message` has the id of the earlier one and the new words."""


@dataclass(frozen=True)
class MessageUnsent(_Said):
    """A person took a message back; its content must not be kept."""

    line_user_id: str | None
    message_id: str


@dataclass(frozen=True)
class PostbackReceived(_Said):
    """A person tapped a button. `params` holds the date picker's or rich menu's values."""

    line_user_id: str
    data: str
    params: dict[str, Any]
    group_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True)
class VideoWatched(_Said):
    """A person watched a video to its end."""

    line_user_id: str
    tracking_id: str
    reply_token: str | None = None


@dataclass(frozen=True)
class AccountLinked(_Said):
    """A person finished linking (`result` is ok); after a failure `line_user_id` is None."""

    line_user_id: str | None
    result: str
    nonce: str


@dataclass(frozen=True)
class GroupJoined(_Said):
    """The account was invited into a group or room."""

    group_id: str


@dataclass(frozen=True)
class GroupLeft(_Said):
    """The account left a group or room, or was removed from it."""

    group_id: str


@dataclass(frozen=True)
class GroupMembersJoined(_Said):
    """People joined a group that the account is in."""

    group_id: str
    line_user_ids: tuple[str, ...]
    reply_token: str | None = None


@dataclass(frozen=True)
class GroupMembersLeft(_Said):
    """People left a group that the account is in."""

    group_id: str
    line_user_ids: tuple[str, ...]


@dataclass(frozen=True)
class GroupMembersNamed:
    """LINE told what these members of a group are called."""

    account_id: int
    group_id: str
    line_user_ids: tuple[str, ...]


@dataclass(frozen=True)
class AccountDisconnected:
    """A member disconnected the account: everything that runs for it must stop."""

    account_id: int


@dataclass(frozen=True)
class EventsClaimed:
    """These events are announced next, in this transaction, by time.

    Listeners that are going to change rows of people lock them now, in the one order in which all lock them.
    """

    events: tuple[object, ...]
