"""What an answer would cost now: nothing while LINE takes a reply, else a message of the month for each person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.chat.queries.conversations import friend_of
from app.core.clock import now
from app.core.db import db
from app.friends.models import FollowStatus
from app.line.models import Account
from app.messages.broadcasts.quota import units_of
from app.messages.conversations.models import Conversation
from app.messages.sending.recipients import STRANGER_TIME


@dataclass(frozen=True)
class Cost:
    """`free_for` is for how many seconds an answer is free; `people` is None for a group that LINE was not asked of.

    `until` is when LINE stops delivering to a person who has not added the account.
    """

    free_for: int
    is_group: bool
    people: int | None
    until: datetime | None = None
    # How many messages of this month are left; None where there is no limit, or LINE has not told it yet.
    left: int | None = None


def cost_of(conversation: Conversation, free_for: int) -> Cost:
    """Return the cost as far as it is known here; `free_for` is for how many seconds LINE takes a reply."""
    is_group = conversation.group_id is not None
    people = conversation.people if is_group else 1
    return Cost(free_for, is_group, people, _until(conversation), _left(conversation.account_id))


def _left(account_id: int) -> int | None:
    account = db.session.get_one(Account, account_id)
    return units_of(account, now()).left if account.quota_limit is not None else None


def _until(conversation: Conversation) -> datetime | None:
    friend = friend_of(conversation)
    if friend is None or friend.follow_status != FollowStatus.STRANGER or friend.last_message_at is None:
        return None
    return friend.last_message_at + STRANGER_TIME
