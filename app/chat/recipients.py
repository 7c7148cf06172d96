"""To whom an answer goes, and what is typed as LINE's messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.chat.queries.conversations import friend_of
from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import _l
from app.line.models import Group
from app.messages.content import message_set
from app.messages.content.message_set import MessageSet
from app.messages.conversations.models import Conversation
from app.messages.sending.recipients import Recipient


def recipient_of(conversation: Conversation) -> Recipient:
    """Return to whom an answer goes."""
    if conversation.group_id is not None:
        return Recipient.of_group(db.session.get_one(Group, conversation.group_id))
    friend = friend_of(conversation)
    if friend is None:
        raise Conflict(_l("It is not known any more who this was."))
    return Recipient.of_friend(friend)


def texts(words: str) -> MessageSet:
    """Return a message set of one text; of none where nothing is written."""
    return set_of(words)


def set_of(
    words: str,
    messages: Sequence[Mapping[str, Any]] = (),
    quick_replies: Sequence[Mapping[str, Any]] = (),
    utm: Mapping[str, Any] | None = None,
) -> MessageSet:
    """Return a message set of the words, if there are any, and these stored messages."""
    text = [{"kind": "text", "text": words}] if words.strip() else []
    together = {"messages": [*text, *messages], "quick_replies": list(quick_replies), "utm": utm}
    return message_set.read({"version": message_set.VERSION, **together})
