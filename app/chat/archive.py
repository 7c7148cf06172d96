"""A whole conversation with the files that both sides sent, as one ZIP file: a page, and the files beside it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.core.web.archives import zip_pieces
from app.core.web.downloads import plain_file_name
from app.media.models import MediaFile, MediaReference
from app.media.queries import StoredFile, stored_files
from app.media.storage.stores import stores
from app.messages.conversations.contents.models import ContentState, MessageContent
from app.messages.conversations.models import Conversation, ConversationMessage, Direction
from app.messages.sending.operations.sends import OWNER

PAGE = "Messages.html"


@dataclass(frozen=True)
class ArchivedFile:
    """A file of a message, and the place in the archive; `name` is what the sender called it."""

    path: str
    name: str
    stored: StoredFile


def archived_files(conversation: Conversation) -> dict[int, list[ArchivedFile]]:
    """Return the files that people and the team sent, by the message with which each came or went."""
    by_message = {**_received(conversation), **_sent(conversation)}
    stored = stored_files({file_id for ids in by_message.values() for file_id in ids})
    return {
        message_id: [_archived(message_id, stored[one]) for one in ids if one in stored]
        for message_id, ids in by_message.items()
    }


def _received(conversation: Conversation) -> dict[int, list[int]]:
    query = (
        select(MessageContent.message_id, MessageContent.file_id)
        .join(ConversationMessage, ConversationMessage.id == MessageContent.message_id)
        .where(
            ConversationMessage.account_id == conversation.account_id,
            ConversationMessage.chat_id == conversation.chat_id,
            MessageContent.state == ContentState.STORED,
            MessageContent.file_id.is_not(None),
        )
        .order_by(MessageContent.message_id)
    )
    return {row.message_id: [row.file_id] for row in db.session.execute(query)}


def _sent(conversation: Conversation) -> dict[int, list[int]]:
    """Return the files of what went out: with the message that carries the file's address, else with the last one."""
    query = (
        select(ConversationMessage.id, ConversationMessage.send_id, ConversationMessage.content)
        .where(
            ConversationMessage.account_id == conversation.account_id,
            ConversationMessage.chat_id == conversation.chat_id,
            ConversationMessage.direction == Direction.OUT,
            ConversationMessage.send_id.in_(select(MediaReference.owner_id).where(MediaReference.owner_kind == OWNER)),
        )
        .order_by(ConversationMessage.send_id, ConversationMessage.position)
    )
    lines: dict[int, list[Any]] = {}
    for row in db.session.execute(query):
        lines.setdefault(row.send_id, []).append(row)
    used = select(MediaReference.owner_id, MediaFile.id, MediaFile.public_key).join(
        MediaFile, MediaFile.id == MediaReference.file_id
    )
    used = used.where(MediaReference.owner_kind == OWNER, MediaReference.owner_id.in_(lines)).order_by(MediaFile.id)
    found: dict[int, list[int]] = {}
    for send_id, file_id, key in db.session.execute(used) if lines else ():
        of_send = lines[send_id]
        line = next((one for one in of_send if key and key in json.dumps(one.content)), of_send[-1])
        found.setdefault(line.id, []).append(file_id)
    return found


def _archived(message_id: int, stored: StoredFile) -> ArchivedFile:
    path = f"files/{message_id}-{stored.file_id} {plain_file_name(stored.name)}"
    return ArchivedFile(path, stored.name, stored)


def archive_pieces(page: str, files: Mapping[int, Sequence[ArchivedFile]]) -> Iterator[bytes]:
    """Yield the archive, which needs the storage alone: the page, and the files under their names."""
    return zip_pieces(_entries(page, [one for of_message in files.values() for one in of_message]))


def _entries(page: str, files: Iterable[ArchivedFile]) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield PAGE, [page.encode()]
    for file in files:
        stored = file.stored
        try:
            yield file.path, stores.by_name(stored.storage).open(stored.blob_key, 0, stored.size)
        except NotFound:
            # Deleted, or taken back, since the archive was begun.
            continue
