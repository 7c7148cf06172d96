"""Mark conversations as spam: automation stops for their friends, until it is undone."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.core.db import db
from app.friends.operations.friends import lock_friends
from app.messages.conversations.models import Conversation
from app.messages.conversations.of_friends import change_conversations, tell_in_threads
from app.team.actors import Actor
from app.workflows.engine.spam import friends_are_spam

SPAM, NOT_SPAM = "spam", "not_spam"


def write_spam(ids: Collection[int], *, is_spam: bool, actor: Actor) -> list[int]:
    """Mark these conversations as spam, or no longer, and end the runs of their friends; returns the ids that changed.

    Friends are locked before conversations, as workers do.
    """
    friends = select(Conversation.friend_id).where(Conversation.id.in_(ids), Conversation.friend_id.is_not(None))
    friend_ids = [one for one in db.session.scalars(friends) if one is not None]
    lock_friends(friend_ids)
    other = Conversation.id.in_(ids), Conversation.is_spam.is_not(is_spam)
    held = select(Conversation.id).where(*other).order_by(Conversation.account_id, Conversation.chat_id)
    changed = list(db.session.scalars(held.with_for_update()))
    change_conversations(changed, is_spam=is_spam)
    if is_spam and changed and friend_ids:
        friends_are_spam(friend_ids)
    tell_in_threads({one: {} for one in changed}, SPAM if is_spam else NOT_SPAM, actor=actor)
    return changed
