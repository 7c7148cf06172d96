"""From a stored event to what it says. Our own reading, since LINE's events are odder than the SDK's models allow:
unknown types and fields, no user id, no reply token in standby, a failed account link without any source.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from app.core import lenient_json
from app.line import identifiers
from app.line.events import (
    AccountLinked,
    GroupJoined,
    GroupLeft,
    GroupMembersJoined,
    GroupMembersLeft,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    PostbackReceived,
    UserFollowed,
    UserUnfollowed,
    VideoWatched,
)

# Reply tokens of the test events that LINE's console used to send for people who do not exist.
DUMMY_REPLY_TOKEN = re.compile(r"0{32}|[fF]{32}")
DomainEvent = object


class StoredEvent(Protocol):
    """What is read of a stored event: of its row, or of these columns alone."""

    @property
    def id(self) -> int: ...
    @property
    def account_id(self) -> int: ...
    @property
    def type(self) -> str: ...
    @property
    def occurred_at(self) -> datetime: ...
    @property
    def payload(self) -> dict[str, Any]: ...


class Envelope:
    """One event, with what its kinds have in common."""

    def __init__(self, stored: StoredEvent) -> None:
        self.payload = stored.payload
        source = lenient_json.mapping(self.payload, "source")
        self.user_id = identifiers.user_id(source)
        is_of_group = identifiers.is_of_group(source)
        self.group_id = identifiers.group_id(source) if is_of_group else None
        # What came from a group that it does not name must not count as said to the account alone.
        self.is_readable = self.group_id is not None or not is_of_group
        is_standby = self.payload.get("mode") == "standby"
        self.reply_token = None if is_standby else lenient_json.text(self.payload, "replyToken")
        self.common: dict[str, Any] = {
            "account_id": stored.account_id,
            "occurred_at": stored.occurred_at,
            "webhook_event_id": stored.id,
            "is_standby": is_standby,
        }

    def object(self, name: str) -> dict[str, Any]:
        """Return an object of the event; empty when it is missing."""
        return lenient_json.mapping(self.payload, name)


def domain_event(stored: StoredEvent) -> DomainEvent | None:
    """Return what the event says; None when it says nothing that Tomoru acts upon."""
    read = PARSERS.get(stored.type)
    if read is None or DUMMY_REPLY_TOKEN.fullmatch(lenient_json.text(stored.payload, "replyToken") or ""):
        return None
    event = Envelope(stored)
    return read(event) if event.is_readable else None


def _follow(event: Envelope) -> DomainEvent | None:
    if event.user_id is None:
        return None
    is_unblocked = lenient_json.flag(event.object("follow"), "isUnblocked")
    return UserFollowed(
        line_user_id=event.user_id, is_unblocked=is_unblocked, reply_token=event.reply_token, **event.common
    )


def _unfollow(event: Envelope) -> DomainEvent | None:
    return UserUnfollowed(line_user_id=event.user_id, **event.common) if event.user_id else None


def _message(event: Envelope, kind: type[MessageReceived | MessageEdited] = MessageReceived) -> DomainEvent | None:
    message = event.object("message")
    if event.user_id is None or not message or len(str(message.get("id", ""))) > identifiers.LONGEST_MESSAGE_ID:
        return None
    return kind(
        line_user_id=event.user_id,
        message=message,
        group_id=event.group_id,
        reply_token=event.reply_token,
        **event.common,
    )


def _message_edited(event: Envelope) -> DomainEvent | None:
    return _message(event, MessageEdited) if identifiers.message_id(event.object("message")) else None


def _unsend(event: Envelope) -> DomainEvent | None:
    message_id = identifiers.message_id(event.object("unsend"), "messageId")
    return MessageUnsent(line_user_id=event.user_id, message_id=message_id, **event.common) if message_id else None


def _postback(event: Envelope) -> DomainEvent | None:
    postback = event.object("postback")
    data = postback.get("data")
    if event.user_id is None or not isinstance(data, str):
        return None
    return PostbackReceived(
        line_user_id=event.user_id,
        data=data,
        params=lenient_json.mapping(postback, "params"),
        group_id=event.group_id,
        reply_token=event.reply_token,
        **event.common,
    )


def _video(event: Envelope) -> DomainEvent | None:
    tracking_id = lenient_json.text(event.object("videoPlayComplete"), "trackingId")
    if event.user_id is None or tracking_id is None:
        return None
    return VideoWatched(
        line_user_id=event.user_id, tracking_id=tracking_id, reply_token=event.reply_token, **event.common
    )


def _account_link(event: Envelope) -> DomainEvent | None:
    link = event.object("link")
    result, nonce = lenient_json.text(link, "result"), lenient_json.text(link, "nonce")
    if result is None:
        return None
    return AccountLinked(line_user_id=event.user_id, result=result, nonce=nonce or "", **event.common)


def _join(event: Envelope) -> DomainEvent | None:
    return GroupJoined(group_id=event.group_id, **event.common) if event.group_id else None


def _leave(event: Envelope) -> DomainEvent | None:
    return GroupLeft(group_id=event.group_id, **event.common) if event.group_id else None


def _members(event: Envelope, name: str) -> tuple[str, ...]:
    members = lenient_json.items(event.object(name), "members")
    return tuple(found for member in members if (found := identifiers.user_id(member)))


def _member_joined(event: Envelope) -> DomainEvent | None:
    if event.group_id is None:
        return None
    return GroupMembersJoined(
        group_id=event.group_id, line_user_ids=_members(event, "joined"), reply_token=event.reply_token, **event.common
    )


def _member_left(event: Envelope) -> DomainEvent | None:
    if event.group_id is None:
        return None
    return GroupMembersLeft(group_id=event.group_id, line_user_ids=_members(event, "left"), **event.common)


PARSERS: dict[str, Callable[[Envelope], DomainEvent | None]] = {
    "follow": _follow,
    "unfollow": _unfollow,
    "message": _message,
    "messageEdited": _message_edited,
    "unsend": _unsend,
    "postback": _postback,
    "videoPlayComplete": _video,
    "accountLink": _account_link,
    "join": _join,
    "leave": _leave,
    "memberJoined": _member_joined,
    "memberLeft": _member_left,
}
