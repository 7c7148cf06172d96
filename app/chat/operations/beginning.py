"""Begin a conversation from our side."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.chat.queries.conversations import conversation_of
from app.chat.queries.thread import newest_lines
from app.core.db import db
from app.friends.models import Friend
from app.messages.conversations.models import Conversation, ConversationKind
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
    last = next(iter(newest_lines(account_id, friend.line_user_id, 1)), None)
    values = {
        "account_id": account_id,
        "chat_id": friend.line_user_id,
        "kind": ConversationKind.FRIEND,
        "friend_id": friend.id,
        "last_message_id": last.id if last else None,
        "last_message_at": last.occurred_at if last else func.now(),
    }
    db.session.execute(insert(Conversation).values(values).on_conflict_do_nothing())
    mine = (Conversation.account_id == account_id, Conversation.chat_id == friend.line_user_id)
    return db.session.scalars(select(Conversation).where(*mine)).one()
