"""To whom a message is sent, and why it may not be."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, text

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.core.i18n import _l
from app.friends.models import FollowStatus, Friend
from app.line.models import AccountState, Group

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
# What is known of each recipient, by its place in the lists; the newest message from outside says whether another
# channel held the chat not long ago.
_ASKED = text("""
    SELECT chat.place, account.state, account.problem, friend.follow_status, friend.last_message_at, known.is_joined,
        newest.is_standby
    FROM unnest(CAST(:accounts AS bigint[]), CAST(:chats AS text[]), CAST(:friends AS bigint[]))
        WITH ORDINALITY AS chat (account_id, chat_id, friend_id, place)
    JOIN accounts account ON account.id = chat.account_id
    LEFT JOIN friends friend ON friend.id = chat.friend_id
    LEFT JOIN groups known ON chat.friend_id IS NULL
        AND known.account_id = chat.account_id AND known.line_group_id = chat.chat_id
    LEFT JOIN LATERAL (
        SELECT message.is_standby FROM conversation_messages message
        WHERE message.account_id = chat.account_id AND message.chat_id = chat.chat_id AND message.direction = 'in'
            AND message.occurred_at > :since
        ORDER BY message.occurred_at DESC, message.id DESC LIMIT 1
    ) newest ON true
""")


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
        self._known = _known(list(recipients)) if recipients else {}

    def refusal(self, recipient: Recipient, *, is_reply: bool) -> str | None:
        """Return the code of why nothing is sent; None when it may be. A reply reaches strangers at any time."""
        known = self._known.get(recipient)
        if known is None or known.state != AccountState.CONNECTED:
            return (known.problem if known else None) or "line.disconnected"
        if known.is_standby:
            return "messages.standby"
        if recipient.is_group:
            return None if known.is_joined else "messages.left_group"
        return _friend_refusal(known, is_reply=is_reply)


def _known(recipients: Sequence[Recipient]) -> dict[Recipient, Row[Any]]:
    """Return the row of `_ASKED` of each recipient whose account is still there."""
    lists = {
        "accounts": [one.account_id for one in recipients],
        "chats": [one.chat_id for one in recipients],
        "friends": [one.friend_id for one in recipients],
    }
    found = db.session.execute(_ASKED, {**lists, "since": now() - STANDBY_TIME})
    return {recipients[row.place - 1]: row for row in found}


def _friend_refusal(known: Row[Any], *, is_reply: bool) -> str | None:
    if known.follow_status == FollowStatus.BLOCKED:
        return "messages.blocked"
    if is_reply or known.follow_status != FollowStatus.STRANGER:
        return None
    wrote_lately = known.last_message_at is not None and now() - known.last_message_at < STRANGER_TIME
    return None if wrote_lately else "messages.stranger"
