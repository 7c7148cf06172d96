"""Drafts of owners that hold one message of one kind, such as a Rich Message that is kept."""

from __future__ import annotations

from app.core.registry import Registry
from app.messages.content.message_set import MessageSet

# Kind of message by kind of owner.
SINGLE: Registry[str] = Registry("owner of a single message")


def fits(owner_kind: str, content: MessageSet) -> bool:
    """Return whether a draft of this owner may hold this content."""
    only = SINGLE.get(owner_kind)
    return only is None or ([one.kind for one in content.messages] == [only] and not content.quick_replies)
