"""To whom a message is sent, and why it may not be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Text, any_, func, literal, select, true, tuple_

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

PERSON_ANSWERS = "messages.person_answers"

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
        PERSON_ANSWERS: _l("Not sent: a person answers this conversation."),
        "messages.spam": _l("Not sent: the conversation is marked as spam."),
        "messages.earlier_first": _l("An earlier message to the same chat is sent first."),
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


class Obstacles:
    """What forbids sends to these recipients now, asked of the database at once for all."""

    def __init__(self, recipients: Collection[Recipient]) -> None:
        self._accounts = _accounts({one.account_id for one in recipients})
        self._standby = _standby(recipients)
        self._friends = _friends({one.friend_id for one in recipients if one.friend_id is not None})
        self._joined = _joined([one for one in recipients if one.is_group])

    def refusal(self, recipient: Recipient, *, is_reply: bool) -> str | None:
        """Return the code of why nothing is sent; None when it may be. A reply reaches strangers at any time."""
        account = self._accounts.get(recipient.account_id)
        if account is None or not account.is_connected:
            return (account.problem if account else None) or "line.disconnected"
        if recipient in self._standby:
            return "messages.standby"
        if recipient.is_group:
            return None if recipient in self._joined else "messages.left_group"
        return self._friend_refusal(recipient, is_reply=is_reply)

    def _friend_refusal(self, recipient: Recipient, *, is_reply: bool) -> str | None:
        friend = self._friends[recipient.friend_id]
        if friend.follow_status == FollowStatus.BLOCKED:
            return "messages.blocked"
        if is_reply or friend.follow_status != FollowStatus.STRANGER:
            return None
        wrote_lately = friend.last_message_at is not None and now() - friend.last_message_at < STRANGER_TIME
        return None if wrote_lately else "messages.stranger"


def _accounts(ids: set[int]) -> dict[int, Account]:
    query = select(Account).where(Account.id.in_(ids)).execution_options(populate_existing=True)
    return {one.id: one for one in db.session.scalars(query)}


def _friends(ids: set[int]) -> dict[int | None, Any]:
    if not ids:
        return {}
    query = select(Friend.id, Friend.follow_status, Friend.last_message_at).where(
        Friend.id == any_(literal(list(ids), ARRAY(BigInteger)))
    )
    return {row.id: row for row in db.session.execute(query)}


def _joined(groups: Sequence[Recipient]) -> set[Recipient]:
    """Return the groups in which the account still is."""
    if not groups:
        return set()
    mine = tuple_(Group.account_id, Group.line_group_id).in_([(one.account_id, one.chat_id) for one in groups])
    query = select(Group.account_id, Group.line_group_id).where(mine, Group.is_joined)
    return {Recipient(*row) for row in db.session.execute(query)}


def _standby(recipients: Collection[Recipient]) -> set[Recipient]:
    """Return those whose newest message from outside came while another channel held the chat, not long ago."""
    if not recipients:
        return set()
    chats = {(one.account_id, one.chat_id): one for one in recipients}
    account_ids, chat_ids = map(list, zip(*chats, strict=True))
    given = func.unnest(literal(account_ids, ARRAY(BigInteger)), literal(chat_ids, ARRAY(Text)))
    chat = given.table_valued("account_id", "chat_id").render_derived(name="chat")
    newest = (
        select(ConversationMessage.is_standby)
        .where(
            ConversationMessage.account_id == chat.c.account_id,
            ConversationMessage.chat_id == chat.c.chat_id,
            ConversationMessage.direction == Direction.IN,
            ConversationMessage.occurred_at > now() - STANDBY_TIME,
        )
        .order_by(ConversationMessage.occurred_at.desc(), ConversationMessage.id.desc())
        .limit(1)
        .lateral("newest")
    )
    query = select(chat.c.account_id, chat.c.chat_id).join(newest, true()).where(newest.c.is_standby)
    return {chats[row.account_id, row.chat_id] for row in db.session.execute(query)}
