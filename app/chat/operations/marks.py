"""What a member keeps of conversations for themselves: what is read, pinned, followed and muted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, text
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
_SEEN = """
    UPDATE conversation_mentions SET seen_at = statement_timestamp()
    WHERE conversation_id = :conversation_id AND member_id = :member_id AND seen_at IS NULL
"""
_SEE = text(_SEEN)
_READ = text(f"""
    WITH seen AS ({_SEEN})
    INSERT INTO conversation_marks AS mark (conversation_id, member_id, read_up_to_id, is_behind)
    VALUES (:conversation_id, :member_id, :newest, false)
    ON CONFLICT (conversation_id, member_id) DO UPDATE
    SET read_up_to_id = greatest(mark.read_up_to_id, excluded.read_up_to_id), is_behind = false
""")  # noqa: S608


@operation(Permission.CHAT)
def mark_read(conversation: Conversation, *, actor: Actor, is_mentioned: bool = True) -> None:
    """Note that the member has read all that came in so far, and seen the notes that mention them, if any."""
    newest, member_id = conversation.last_incoming_id or 0, _member_id(actor)
    mark = db.session.get(ConversationMark, (conversation.id, member_id))
    is_known = mark is not None and not mark.is_behind and (mark.read_up_to_id or 0) >= newest
    if is_known and not is_mentioned:
        return
    about = {"conversation_id": conversation.id, "member_id": member_id}
    db.session.execute(_SEE if is_known else _READ, about if is_known else {**about, "newest": newest})


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
    _keep(conversation, actor, read_up_to_id=message_id - 1, is_behind=True)


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


def _keep(conversation: Conversation, actor: Actor, **values: Any) -> None:
    statement = insert(ConversationMark).values(conversation_id=conversation.id, member_id=_member_id(actor), **values)
    keys = ["conversation_id", "member_id"]
    db.session.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))


def _member_id(actor: Actor) -> int:
    if actor.member_id is None:
        raise NotAllowed
    return actor.member_id
