"""Tell LINE that messages are read, so that the friend sees it; LINE lets accounts do so whose chat is on."""

from __future__ import annotations

from sqlalchemy import select

from app.core.db import db, released
from app.core.due.claims import Claim
from app.line.gateway.client import LineClient
from app.line.models import Account
from app.messages.conversations import owning
from app.messages.conversations.models import ChatSettings, Conversation, ConversationMessage, Direction, MessageState
from app.messages.conversations.timers import tell_read

CHAT_MODE, TOKEN = "chat", "markAsReadToken"


def may_mark(account: Account) -> bool:
    """Return whether LINE lets this account mark messages as read; else LINE does it by itself."""
    return account.chat_mode == CHAT_MODE


def newest_unmarked(conversation: Conversation) -> ConversationMessage | None:
    """Return the newest message that LINE is yet to be told to be read; None where there is none."""
    if not may_mark(db.session.get_one(Account, conversation.account_id)):
        return None
    query = select(ConversationMessage).where(
        ConversationMessage.account_id == conversation.account_id,
        ConversationMessage.chat_id == conversation.chat_id,
        ConversationMessage.direction == Direction.IN,
        ConversationMessage.state != MessageState.UNSENT,
        ConversationMessage.content.has_key(TOKEN),
    )
    newest = query.order_by(ConversationMessage.occurred_at.desc(), ConversationMessage.id.desc()).limit(1)
    found: ConversationMessage | None = db.session.scalar(newest)
    return found if found is not None and found.id > (conversation.read_at_line_id or 0) else None


def mark_later(conversation: Conversation, when: str) -> None:
    """Have LINE told, if the account's settings say that this is done now: on "open" or on "answer"."""
    if not may_mark(db.session.get_one(Account, conversation.account_id)):
        return
    settings = db.session.get(ChatSettings, conversation.account_id)
    if settings is not None and settings.marks_read == when and newest_unmarked(conversation):
        tell_read(conversation.id)


def mark_now(conversation: Conversation) -> None:
    """Tell LINE; commits. Raises RetryLater and PermanentFailure."""
    message = newest_unmarked(conversation)
    if message is None:
        return
    token, message_id, account_id = str(message.content[TOKEN]), message.id, conversation.account_id
    with released():
        LineClient(account_id).mark_read(token)
    held = owning.hold(conversation.id)
    held.read_at_line_id = max(held.read_at_line_id or 0, message_id)
    owning.touch(held)


def tell_line(claim: Claim, conversation_id: int) -> None:
    """Do it for a timer."""
    mark_now(db.session.get_one(Conversation, conversation_id))
    claim.done()
