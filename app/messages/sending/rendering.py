"""Make a message set into LINE's messages for one recipient."""

from __future__ import annotations

from typing import Any

from app.core.errors import Conflict
from app.messages.content import message_set
from app.messages.content.media_links import media_links
from app.messages.content.message_set import Built, MessageSet
from app.messages.content.personal_values import personal_values, values_for
from app.messages.sending.recipients import Recipient


def ready(account_id: int, content: MessageSet, *, is_for_group: bool) -> Built:
    """Return the set made ready; raises Conflict with the first problem of a set that cannot be sent."""
    media = media_links(account_id, message_set.files_of(content))
    built = message_set.build(content, media, personal_values(account_id), is_for_group=is_for_group)
    if built.problems:
        raise Conflict(built.problems[0].message)
    return built


def messages_for(recipient: Recipient, content: MessageSet) -> list[dict[str, Any]]:
    """Return the messages for this recipient; raises Conflict, and TooLong for an address that grows too long."""
    built = ready(recipient.account_id, content, is_for_group=recipient.is_group)
    known = [] if recipient.friend_id is None else [recipient.friend_id]
    values = values_for(recipient.account_id, known, built.ready.names)
    return built.ready.messages(next(iter(values.values()), {}))
