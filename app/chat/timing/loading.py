"""Show a friend that a member is writing, by LINE's animation."""

from __future__ import annotations

from app.chat.settings.queries import settings_of_account
from app.core.db import db, released
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway.client import LineClient
from app.line.models import Account
from app.messages.conversations.models import Conversation


def show_loading(conversation_id: int) -> None:
    """Start the animation; what LINE does not take is left, since it would come too late."""
    conversation = db.session.get(Conversation, conversation_id)
    if conversation is None:
        return
    account_id, chat_id = conversation.account_id, conversation.chat_id
    seconds = settings_of_account(account_id).loading_seconds
    if not seconds or not db.session.get_one(Account, account_id).is_connected:
        return
    with released():
        try:
            LineClient(account_id).show_loading(chat_id, seconds)
        except (PermanentFailure, RetryLater):
            return
