"""To whom a message is sent, and why it may not be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.core.i18n import _l
from app.friends.models import FollowStatus, Friend
from app.line.models import Account, Group
from app.messages.conversations.models import ConversationMessage, Direction

# LINE delivers a push to a person who is no friend for so long after they wrote.
STRANGER_TIME = timedelta(days=7)
# Another channel gives a chat back after at most so long unless it takes it again, which its next message would show.
STANDBY_TIME = timedelta(hours=1)

error_messages.register(
    {
        "messages.blocked": _l("Not sent: the person has blocked the account."),
        "messages.stranger": _l(
            "Not sent: the person has not added the account, and LINE delivers to them only within seven days after"
            " they wrote."
        ),
        "messages.left_group": _l("Not sent: the account is no longer in this group."),
        "messages.standby": _l("Not sent: another service is holding this chat at the moment."),
        "messages.too_long": _l("Not sent: with this person's values, an address is longer than LINE takes."),
        "messages.reply_unanswered": _l(
            "LINE did not say whether it took the reply. It is not repeated, because the person might get it twice."
        ),
    }
)


@dataclass(frozen=True)
class Recipient:
    """One friend, group or room of an account; `chat_id` is its id at LINE."""

    account_id: int
    chat_id: str
    friend_id: int | None = None

    @classmethod
    def of_friend(cls, friend: Friend) -> Recipient:
        """Return the friend as a recipient."""
        return cls(friend.account_id, friend.line_user_id, friend.id)

    @classmethod
    def of_group(cls, group: Group) -> Recipient:
        """Return the group or room as a recipient."""
        return cls(group.account_id, group.line_group_id)

    @property
    def is_group(self) -> bool:
        """Return whether several people read it."""
        return self.friend_id is None

    def refusal(self, *, is_reply: bool) -> str | None:
        """Return the code of why nothing is sent now; None when it may be. A reply reaches strangers at any time."""
        account = db.session.get(Account, self.account_id)
        if account is None or not account.is_connected:
            return (account.problem if account else None) or "line.disconnected"
        if _is_standby(self):
            return "messages.standby"
        return _group_refusal(self) if self.is_group else _friend_refusal(self, is_reply=is_reply)


def _friend_refusal(recipient: Recipient, *, is_reply: bool) -> str | None:
    friend = db.session.get_one(Friend, recipient.friend_id, populate_existing=True)
    if friend.follow_status == FollowStatus.BLOCKED:
        return "messages.blocked"
    if is_reply or friend.follow_status != FollowStatus.STRANGER:
        return None
    wrote_lately = friend.last_message_at is not None and now() - friend.last_message_at < STRANGER_TIME
    return None if wrote_lately else "messages.stranger"


def _group_refusal(recipient: Recipient) -> str | None:
    is_joined = select(Group.is_joined).where(
        Group.account_id == recipient.account_id, Group.line_group_id == recipient.chat_id
    )
    return None if db.session.scalar(is_joined) else "messages.left_group"


def _is_standby(recipient: Recipient) -> bool:
    newest = (
        select(ConversationMessage.is_standby, ConversationMessage.occurred_at)
        .where(
            ConversationMessage.account_id == recipient.account_id,
            ConversationMessage.chat_id == recipient.chat_id,
            ConversationMessage.direction == Direction.IN,
        )
        .order_by(ConversationMessage.occurred_at.desc(), ConversationMessage.id.desc())
        .limit(1)
    )
    row = db.session.execute(newest).one_or_none()
    return row is not None and row.is_standby and now() - row.occurred_at < STANDBY_TIME
