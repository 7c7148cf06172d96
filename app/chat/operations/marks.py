"""What a member keeps of conversations for themselves: what is read, pinned, followed and muted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from app.chat.models import ChatMember, ConversationMark
from app.chat.queries.conversations import newest_before
from app.core.db import db
from app.core.errors import InvalidInput, NotAllowed
from app.core.i18n import _l
from app.messages.conversations.models import Conversation, ConversationMessage, Direction
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

KEPT = frozenset({"is_pinned", "is_followed", "is_muted"})


@operation(Permission.CHAT)
def mark_read(conversation: Conversation, *, actor: Actor) -> None:
    """Note that the member has read all that came in so far; nothing is written where that is known."""
    newest = conversation.last_incoming_id or 0
    mark = db.session.get(ConversationMark, (conversation.id, _member_id(actor)))
    if mark is not None and not mark.is_behind and (mark.read_up_to_id or 0) >= newest:
        return
    up_to = func.greatest(ConversationMark.read_up_to_id, newest)
    _keep(conversation, actor, read_up_to_id=up_to, inserted=newest, is_behind=False)


@operation(Permission.CHAT)
def mark_unread(conversation: Conversation, message_id: int, *, actor: Actor) -> None:
    """Make a message, and what came after it, unread for the member; raises InvalidInput for one of another chat."""
    mine = (
        ConversationMessage.account_id == conversation.account_id,
        ConversationMessage.chat_id == conversation.chat_id,
        ConversationMessage.direction == Direction.IN,
    )
    if db.session.scalar(select(ConversationMessage.id).where(*mine, ConversationMessage.id == message_id)) is None:
        raise InvalidInput(message=_l("This message is not in the conversation."))
    _keep(conversation, actor, read_up_to_id=message_id - 1, inserted=message_id - 1, is_behind=True)


@operation(Permission.CHAT)
def keep_mark(conversation: Conversation, mark: str, *, is_set: bool, actor: Actor) -> None:
    """Pin, follow or mute the conversation for the member, or stop that; `mark` is one of KEPT."""
    if mark not in KEPT:
        raise InvalidInput(mark=_l("Choose one from the list."))
    _keep(conversation, actor, **{mark: is_set})


@operation(Permission.CHAT)
def open_chat(account_id: int | None, *, actor: Actor) -> ChatMember:
    """Return how the member uses the chat, from the first visit on with a row of its own."""
    member_id = _member_id(actor)
    found = db.session.get(ChatMember, member_id)
    if found is None:
        values = {"member_id": member_id, "read_up_to_id": newest_before(member_id)}
        db.session.execute(insert(ChatMember).values(values).on_conflict_do_nothing())
        found = db.session.get_one(ChatMember, member_id)
    return found


def _keep(conversation: Conversation, actor: Actor, inserted: int = 0, **values: Any) -> None:
    row = {"conversation_id": conversation.id, "member_id": _member_id(actor), **values}
    if "read_up_to_id" in values:
        row["read_up_to_id"] = inserted
    statement = insert(ConversationMark).values(row)
    keys = ["conversation_id", "member_id"]
    db.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


def _member_id(actor: Actor) -> int:
    if actor.member_id is None:
        raise NotAllowed
    return actor.member_id
