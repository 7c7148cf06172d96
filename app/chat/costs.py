"""What an answer would cost now: nothing while LINE takes a reply, else a message of the month for each person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.core.db import db
from app.friends.models import FollowStatus, Friend
from app.messages.conversations.models import Conversation
from app.messages.sending.recipients import STRANGER_TIME
from app.messages.sending.reply_tokens import seconds_left


@dataclass(frozen=True)
class Cost:
    """`free_for` is for how many seconds an answer is free; `people` is None for a group that LINE was not asked of.

    `until` is when LINE stops delivering to a person who has not added the account.
    """

    free_for: int
    is_group: bool
    people: int | None
    until: datetime | None = None


def cost_of(conversation: Conversation) -> Cost:
    """Return the cost as far as it is known here."""
    free_for = seconds_left(conversation.account_id, conversation.chat_id)
    is_group = conversation.group_id is not None
    return Cost(free_for, is_group, conversation.people if is_group else 1, _until(conversation))


def _until(conversation: Conversation) -> datetime | None:
    friend = db.session.get(Friend, conversation.friend_id) if conversation.friend_id else None
    if friend is None or friend.follow_status != FollowStatus.STRANGER or friend.last_message_at is None:
        return None
    return friend.last_message_at + STRANGER_TIME
