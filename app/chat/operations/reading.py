"""LINE's read mark, which the friend sees."""

from __future__ import annotations

from app.chat.timing.reading import mark_now
from app.messages.conversations.models import Conversation
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission


@operation(Permission.CHAT)
def mark_read_at_line(conversation: Conversation, *, actor: Actor) -> None:
    """Tell LINE at once that the messages are read; commits. Raises RetryLater and PermanentFailure."""
    mark_now(conversation)
