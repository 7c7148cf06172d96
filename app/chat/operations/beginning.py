"""Begin a conversation from our side."""

from __future__ import annotations

from sqlalchemy import select

from app.chat.queries.conversations import conversation_of
from app.core.db import db
from app.friends.models import Friend
from app.messages.conversations.models import Conversation
from app.messages.conversations.of_friends import begin_conversations
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission


@operation(Permission.CHAT)
def open_conversation(account_id: int, friend: Friend, *, actor: Actor) -> Conversation:
    """Return the conversation with the friend, a new one where there is none."""
    del actor
    found = conversation_of(account_id, friend.line_user_id)
    if found is not None:
        return found
    begin_conversations(account_id, [friend.id])
    mine = (Conversation.account_id == account_id, Conversation.chat_id == friend.line_user_id)
    return db.session.scalars(select(Conversation).where(*mine)).one()
