"""The words of stored messages for one conversation: values of its friend filled in, everything else as it is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.messages.content.personal_text import (
    ESCAPED,
    OPENING,
    LineEmoji,
    Mention,
    PersonalValue,
    WrongPlace,
    names,
    parse,
)
from app.messages.content.personal_values import values_for
from app.messages.conversations.models import Conversation

# What stands between two texts that become one.
GAP = "\n\n"


def texts_of(content: Mapping[str, Any]) -> list[str]:
    """Return the texts among stored messages."""
    return [str(one.get("text", "")) for one in content.get("messages", ()) if one.get("kind") == "text"]


def others_of(content: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the messages that are no texts."""
    return [one for one in content.get("messages", ()) if one.get("kind") != "text"]


def words_for(conversation: Conversation, content: Mapping[str, Any]) -> str:
    """Return the texts as one, with what is known of the friend; in a group, with what stands in for it."""
    text = GAP.join(texts_of(content))
    try:
        pieces = parse(text)
    except WrongPlace:
        return text
    friend_id = conversation.friend_id
    known = values_for(conversation.account_id, [friend_id], names(pieces))[friend_id] if friend_id else {}
    return "".join(_filled(one, known) for one in pieces)


def _filled(piece: str | PersonalValue | LineEmoji | Mention, known: Mapping[str, str | None]) -> str:
    if isinstance(piece, PersonalValue):
        return (known.get(piece.name) or piece.fallback or "").replace(OPENING, ESCAPED)
    if isinstance(piece, LineEmoji):
        return f"{{{{emoji:{piece.product_id}/{piece.emoji_id}}}}}"
    # No one is mentioned by a reply that is kept.
    return "" if isinstance(piece, Mention) else piece.replace(OPENING, ESCAPED)
