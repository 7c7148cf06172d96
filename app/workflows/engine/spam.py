"""Automation stops for friends whose conversation is marked as spam: their runs end, and none starts."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.core import error_messages
from app.core.db import db
from app.core.i18n import _l
from app.messages.conversations.models import Conversation
from app.segments.conditions.sql import one_of
from app.workflows.engine.holding import cancel_runs_of

SPAM = "workflows.spam"
IS_SPAM = _l("The conversation with this friend is marked as spam, so no workflow starts.")
error_messages.register({SPAM: _l("The conversation with the friend was marked as spam, which stops all automation.")})


def friends_are_spam(friend_ids: Collection[int]) -> int:
    """End the open runs of these friends, who are held by the caller; returns how many."""
    return cancel_runs_of(friend_ids, reason=SPAM)


def in_spam(friend_ids: Collection[int]) -> set[int]:
    """Return those of these friends whose conversation is marked as spam."""
    mine = one_of(Conversation.friend_id.expression, list(friend_ids)), Conversation.is_spam
    return set(db.session.scalars(select(Conversation.friend_id).where(*mine))) if friend_ids else set()
