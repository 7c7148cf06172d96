"""Record LINE's messages, and what happens in chats, as they are announced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core.events import listen
from app.friends.events import AttributesChanged, FriendAdded, FriendBlocked, FriendUnblocked, ProfilesChanged
from app.line.events import (
    GroupJoined,
    GroupLeft,
    GroupMembersJoined,
    GroupMembersLeft,
    GroupMembersNamed,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    PostbackReceived,
)
from app.messages.conversations.incoming import forget_unsent, record_received
from app.messages.conversations.touching import touch_chats_of, touch_lines_of
from app.messages.conversations.waiting import settle_waiting_in, settle_waiting_of

# Attributes of which the name is made that the team gave.
NAMES = {"first_name", "last_name"}


@listen(MessageReceived)
def on_message(batch: Sequence[MessageReceived]) -> None:
    record_received(batch)


@listen(MessageEdited)
def on_edit(batch: Sequence[MessageEdited]) -> None:
    record_received(batch)


@listen(MessageUnsent)
def on_unsend(batch: Sequence[MessageUnsent]) -> None:
    for said in batch:
        forget_unsent(said)


@listen(PostbackReceived)
def on_postback(batch: Sequence[PostbackReceived]) -> None:
    record_received(batch)


def on_membership(batch: Sequence[Any]) -> None:
    """Record that the account joined or left, which decides whether the group waits for an answer."""
    record_received(batch)
    settle_waiting_in({(said.account_id, said.group_id) for said in batch})


listen(GroupJoined)(on_membership)
listen(GroupLeft)(on_membership)


@listen(GroupMembersJoined)
def on_members_joined(batch: Sequence[GroupMembersJoined]) -> None:
    record_received(batch)


@listen(GroupMembersLeft)
def on_members_left(batch: Sequence[GroupMembersLeft]) -> None:
    record_received(batch)


@listen(GroupMembersNamed)
def on_members_named(batch: Sequence[GroupMembersNamed]) -> None:
    for told in batch:
        touch_lines_of(told.account_id, told.group_id, told.line_user_ids)


@listen(ProfilesChanged)
def on_profiles(batch: Sequence[ProfilesChanged]) -> None:
    touch_chats_of({friend_id for told in batch for friend_id in told.friend_ids})


@listen(AttributesChanged)
def on_attributes(batch: Sequence[AttributesChanged]) -> None:
    touch_chats_of({friend_id for told in batch if NAMES.intersection(told.names) for friend_id in told.friend_ids})


def on_follow(batch: Sequence[Any]) -> None:
    """Let open pages say whether the friend can be written to, and let no one wait who cannot be answered."""
    friend_ids = {told.friend_id for told in batch}
    touch_chats_of(friend_ids)
    settle_waiting_of(friend_ids)


listen(FriendAdded)(on_follow)
listen(FriendBlocked)(on_follow)
listen(FriendUnblocked)(on_follow)
