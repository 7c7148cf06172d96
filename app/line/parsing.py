"""From a stored event to what it says. Our own reading, since LINE's events are odder than the SDK's models allow:
unknown types and fields, no user id, no reply token in standby, a failed account link without any source.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from app.line import lenient
from app.line.events import (
    AccountLinked,
    GroupJoined,
    GroupLeft,
    GroupMembersJoined,
    GroupMembersLeft,
    MessageReceived,
    MessageUnsent,
    PostbackReceived,
    UserFollowed,
    UserUnfollowed,
    VideoWatched,
)
from app.line.models import WebhookEvent

# Reply tokens of the test events that LINE's console used to send for people who do not exist.
DUMMY_REPLY_TOKEN = re.compile(r"0{32}|[fF]{32}")
Fact = object


class Reading:
    """One event, with what its kinds have in common."""

    def __init__(self, stored: WebhookEvent) -> None:
        self.payload = stored.payload
        source = lenient.mapping(self.payload, "source")
        self.user_id = lenient.text(source, "userId")
        self.group_id = lenient.text(source, "groupId") or lenient.text(source, "roomId")
        is_standby = lenient.text(self.payload, "mode") == "standby"
        self.reply_token = None if is_standby else lenient.text(self.payload, "replyToken")
        self.common: dict[str, Any] = {
            "account_id": stored.account_id,
            "occurred_at": stored.occurred_at,
            "webhook_event_id": stored.id,
            "is_standby": is_standby,
        }

    def object(self, name: str) -> dict[str, Any]:
        """An object of the event; empty when it is missing."""
        return lenient.mapping(self.payload, name)


def fact(stored: WebhookEvent) -> Fact | None:
    """What the event says; None when it says nothing that Tomoru acts upon."""
    read = READERS.get(stored.type)
    if read is None or DUMMY_REPLY_TOKEN.fullmatch(lenient.text(stored.payload, "replyToken") or ""):
        return None
    return read(Reading(stored))


def _follow(event: Reading) -> Fact | None:
    if event.user_id is None:
        return None
    is_unblocked = lenient.flag(event.object("follow"), "isUnblocked")
    return UserFollowed(
        line_user_id=event.user_id, is_unblocked=is_unblocked, reply_token=event.reply_token, **event.common
    )


def _unfollow(event: Reading) -> Fact | None:
    return UserUnfollowed(line_user_id=event.user_id, **event.common) if event.user_id else None


def _message(event: Reading) -> Fact | None:
    message = event.object("message")
    if event.user_id is None or not message:
        return None
    return MessageReceived(
        line_user_id=event.user_id,
        message=message,
        group_id=event.group_id,
        reply_token=event.reply_token,
        **event.common,
    )


def _unsend(event: Reading) -> Fact | None:
    message_id = lenient.text(event.object("unsend"), "messageId")
    return MessageUnsent(line_user_id=event.user_id, message_id=message_id, **event.common) if message_id else None


def _postback(event: Reading) -> Fact | None:
    postback = event.object("postback")
    data = postback.get("data")
    if event.user_id is None or not isinstance(data, str):
        return None
    return PostbackReceived(
        line_user_id=event.user_id,
        data=data,
        params=lenient.mapping(postback, "params"),
        group_id=event.group_id,
        reply_token=event.reply_token,
        **event.common,
    )


def _video(event: Reading) -> Fact | None:
    tracking_id = lenient.text(event.object("videoPlayComplete"), "trackingId")
    if event.user_id is None or tracking_id is None:
        return None
    return VideoWatched(
        line_user_id=event.user_id, tracking_id=tracking_id, reply_token=event.reply_token, **event.common
    )


def _account_link(event: Reading) -> Fact | None:
    link = event.object("link")
    result, nonce = lenient.text(link, "result"), lenient.text(link, "nonce")
    if result is None:
        return None
    return AccountLinked(line_user_id=event.user_id, result=result, nonce=nonce or "", **event.common)


def _join(event: Reading) -> Fact | None:
    return GroupJoined(group_id=event.group_id, **event.common) if event.group_id else None


def _leave(event: Reading) -> Fact | None:
    return GroupLeft(group_id=event.group_id, **event.common) if event.group_id else None


def _members(event: Reading, name: str) -> tuple[str, ...]:
    members = lenient.items(event.object(name), "members")
    return tuple(found for member in members if (found := lenient.text(member, "userId")))


def _member_joined(event: Reading) -> Fact | None:
    if event.group_id is None:
        return None
    return GroupMembersJoined(
        group_id=event.group_id, line_user_ids=_members(event, "joined"), reply_token=event.reply_token, **event.common
    )


def _member_left(event: Reading) -> Fact | None:
    if event.group_id is None:
        return None
    return GroupMembersLeft(group_id=event.group_id, line_user_ids=_members(event, "left"), **event.common)


READERS: dict[str, Callable[[Reading], Fact | None]] = {
    "follow": _follow,
    "unfollow": _unfollow,
    "message": _message,
    "unsend": _unsend,
    "postback": _postback,
    "videoPlayComplete": _video,
    "accountLink": _account_link,
    "join": _join,
    "leave": _leave,
    "memberJoined": _member_joined,
    "memberLeft": _member_left,
}
