"""Who answers: a person's message takes the conversation over at once, and automatic answers stop until its release."""

from __future__ import annotations

from sqlalchemy import BigInteger, Text, cast, func, select

from app.core.clock import now
from app.core.db import db
from app.messages.conversations.models import (
    Conversation,
    ConversationMessage,
    Direction,
    MessageState,
    Owner,
)
from app.messages.conversations.timers import wait_for_release
from app.messages.conversations.updating import WrittenLine, lines_went_on
from app.team.actors import Actor

TAKEN_OVER, RELEASED = "taken_over", "released"


def hold(conversation_id: int) -> Conversation:
    """Lock the row and return it as it is now."""
    query = select(Conversation).where(Conversation.id == conversation_id).with_for_update()
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def take_over(conversation: Conversation, *, actor: Actor) -> None:
    """Let a person answer from now on; the row is held by the caller. Nothing changes where it is theirs already."""
    if conversation.owner == Owner.PERSON and conversation.owner_id == actor.member_id:
        return
    is_new = conversation.owner != Owner.PERSON
    conversation.owner, conversation.owner_id, conversation.owned_since = Owner.PERSON, actor.member_id, now()
    if is_new:
        _note(conversation, TAKEN_OVER, actor)
        wait_for_release(conversation.account_id, conversation.id)


def release(conversation: Conversation, *, actor: Actor, idle_hours: int | None = None) -> None:
    """Let automatic messages answer again; the row is held by the caller.

    `idle_hours`: it is done since nothing was said for so long.
    """
    if conversation.owner == Owner.PERSON:
        conversation.owner, conversation.owner_id, conversation.owned_since = Owner.AUTOMATION, None, now()
        _note(conversation, RELEASED, actor, idle_hours=idle_hours)


def _note(conversation: Conversation, kind: str, actor: Actor, **about: int | None) -> None:
    """Add the line that tells of it."""
    line = ConversationMessage(
        account_id=conversation.account_id,
        chat_id=conversation.chat_id,
        friend_id=conversation.friend_id,
        direction=Direction.EVENT,
        author_kind=actor.kind.value,
        author_id=actor.id,
        type=kind,
        content={"by": actor.label} | {name: value for name, value in about.items() if value is not None},
        state=MessageState.RECEIVED,
        occurred_at=now(),
        cause_kind="conversation",
        cause_id=str(conversation.id),
    )
    db.session.add(line)
    db.session.flush()
    lines_went_on([WrittenLine(line.id, line.account_id, line.chat_id, None, line.occurred_at, is_new=True)])
    db.session.refresh(conversation)


def touch(conversation: Conversation) -> None:
    """Let pages that are open learn that the conversation changed."""
    conversation.changed_in = cast(cast(func.pg_current_xact_id(), Text), BigInteger)
