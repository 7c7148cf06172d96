"""Reads of what people sent."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.media.models import MediaFile
from app.messages.conversations.contents.models import MessageContent
from app.messages.conversations.models import ConversationMessage


@dataclass(frozen=True)
class KnownContent:
    """What belongs to a message, and its file where it is stored."""

    content: MessageContent
    message: ConversationMessage
    file: MediaFile | None


def contents_of(message_ids: Collection[int]) -> dict[int, KnownContent]:
    """Return what belongs to these messages, by message, and all that was sent together with any of it."""
    if not message_ids:
        return {}
    mine = (
        select(MessageContent.account_id, ConversationMessage.chat_id, MessageContent.set_id)
        .join(ConversationMessage, ConversationMessage.id == MessageContent.message_id)
        .where(MessageContent.message_id.in_(message_ids), MessageContent.set_id.is_not(None))
    )
    query = (
        select(MessageContent, ConversationMessage, MediaFile)
        .join(ConversationMessage, ConversationMessage.id == MessageContent.message_id)
        .outerjoin(MediaFile, MediaFile.id == MessageContent.file_id)
        .execution_options(populate_existing=True)
    )
    sets = db.session.execute(mine).all()
    wanted = MessageContent.message_id.in_(message_ids)
    for account_id, chat_id in {(row.account_id, row.chat_id) for row in sets}:
        ids = {row.set_id for row in sets if (row.account_id, row.chat_id) == (account_id, chat_id)}
        of_chat = (MessageContent.account_id == account_id) & (ConversationMessage.chat_id == chat_id)
        wanted |= of_chat & MessageContent.set_id.in_(ids)
    rows = db.session.execute(query.where(wanted).order_by(MessageContent.message_id))
    return {content.message_id: KnownContent(content, message, file) for content, message, file in rows}


def content_of(message_id: int) -> KnownContent | None:
    """Return what belongs to one message; None for a message that has nothing beside its words."""
    return contents_of([message_id]).get(message_id)


def in_order(together: Sequence[KnownContent]) -> list[KnownContent]:
    """Return what was sent together in the sender's order."""
    return sorted(together, key=lambda one: (one.content.set_index or 0, one.message.occurred_at, one.message.id))
