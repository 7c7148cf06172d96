"""What LINE told us, announced to the floors above inside the transaction that marks the event processed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class _Said:
    """Common to all: which account, when (LINE's clock), and the stored event behind it."""

    account_id: int
    occurred_at: datetime
    webhook_event_id: int


@dataclass(frozen=True)
class UserFollowed(_Said):
    """Somebody added the account, or took back a block."""

    line_user_id: str
    is_unblocked: bool
    reply_token: str | None = None


@dataclass(frozen=True)
class UserUnfollowed(_Said):
    """Somebody blocked the account."""

    line_user_id: str


@dataclass(frozen=True)
class MessageReceived(_Said):
    """Somebody wrote. `group_id` is set in groups and rooms; `message` is LINE's message object."""

    line_user_id: str
    message: dict[str, Any]
    group_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True)
class MessageUnsent(_Said):
    """Somebody took a message back; its content must not be kept."""

    line_user_id: str | None
    message_id: str


@dataclass(frozen=True)
class PostbackReceived(_Said):
    """Somebody tapped a button. `params` holds the date picker's or rich menu's values."""

    line_user_id: str
    data: str
    params: dict[str, Any]
    group_id: str | None = None
    reply_token: str | None = None


@dataclass(frozen=True)
class VideoWatched(_Said):
    """Somebody watched a video to its end."""

    line_user_id: str
    tracking_id: str
    reply_token: str | None = None


@dataclass(frozen=True)
class AccountLinked(_Said):
    """Somebody finished linking (`result` is ok); on a failure LINE names nobody."""

    line_user_id: str | None
    result: str
    nonce: str


@dataclass(frozen=True)
class AccountDisconnected:
    """A member disconnected the account: everything that runs for it must stop."""

    account_id: int
