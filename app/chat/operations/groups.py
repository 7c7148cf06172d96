"""What LINE says of groups and is kept for the screens of the chat."""

from __future__ import annotations

from app.core.db import db, released
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway.client import LineClient
from app.messages.conversations import owning
from app.messages.conversations.models import Conversation
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission


@operation(Permission.CHAT)
def ask_people(conversation: Conversation, *, actor: Actor) -> None:
    """Ask LINE how many people the group has, and keep the number; where LINE does not say, the last one stays."""
    account_id, chat_id, known = conversation.account_id, conversation.chat_id, conversation.people
    try:
        with released():
            people = LineClient(account_id).people_in(chat_id)
    except (RetryLater, PermanentFailure):
        return
    if people is not None and people != known:
        owning.hold(conversation.id).people = people
        db.session.flush()
