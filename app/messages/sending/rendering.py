"""Make a message set into LINE's messages for one recipient."""

from __future__ import annotations

from typing import Any

from app.core.errors import Conflict
from app.messages.content import message_set
from app.messages.content.media_links import media_links
from app.messages.content.message_set import Built, MessageSet
from app.messages.content.personal_values import personal_values, values_for
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.recipients import Recipient
from app.messages.tracking.operations.sends import SendCause, tracked


def ready(account_id: int, content: MessageSet, *, is_for_group: bool) -> Built:
    """Return the set made ready; raises Conflict with the first problem of a set that cannot be sent."""
    media = media_links(account_id, message_set.files_of(content))
    built = message_set.build(content, media, personal_values(account_id), is_for_group=is_for_group)
    if built.problems:
        raise Conflict(built.problems[0].message)
    return built


def messages_for(recipient: Recipient, content: MessageSet, cause: Cause) -> tuple[list[dict[str, Any]], int | None]:
    """Return the messages for this recipient, and the tracked send if something in them is tracked.

    What the team writes in a chat is not tracked. Raises Conflict, and TooLong for an address that grows too long.
    """
    built = ready(recipient.account_id, content, is_for_group=recipient.is_group)
    known = [] if recipient.friend_id is None else [recipient.friend_id]
    found = values_for(recipient.account_id, known, built.ready.names)
    values = next(iter(found.values()), {})
    if cause.kind is CauseKind.CHAT:
        return built.ready.messages(values), None
    of_send = SendCause(cause.kind, cause.reference, is_test=not cause.is_counted)
    account_id, friend_id = recipient.account_id, recipient.friend_id
    short, send_id = tracked(built.ready, account_id, of_send, friend_id=friend_id, values=values, utm=content.utm)
    return short.messages(values), send_id
