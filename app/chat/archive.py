"""A whole conversation with the files that people sent, as one ZIP file: a page, and the files beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.core.web.archives import zip_pieces
from app.core.web.downloads import plain_file_name
from app.media.queries import StoredFile, stored_files
from app.media.storage.stores import stores
from app.messages.conversations.contents.models import ContentState, MessageContent
from app.messages.conversations.models import Conversation, ConversationMessage

PAGE = "Messages.html"


@dataclass(frozen=True)
class ArchivedFile:
    """A file of a message, and the place in the archive; `name` is what the sender called it."""

    path: str
    name: str
    stored: StoredFile


def archived_files(conversation: Conversation) -> dict[int, ArchivedFile]:
    """Return the files that people sent, by the message with which each came."""
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
    by_message = {row.message_id: row.file_id for row in db.session.execute(query)}
    stored = stored_files(by_message.values())
    return {one: _archived(one, stored[file_id]) for one, file_id in by_message.items() if file_id in stored}


def _archived(message_id: int, stored: StoredFile) -> ArchivedFile:
    return ArchivedFile(f"files/{message_id} {plain_file_name(stored.name)}", stored.name, stored)


def archive_pieces(page: str, files: Mapping[int, ArchivedFile]) -> Iterator[bytes]:
    """Yield the archive, which needs the storage alone: the page, and the files under their names."""
    return zip_pieces(_entries(page, files.values()))


def _entries(page: str, files: Iterable[ArchivedFile]) -> Iterator[tuple[str, Iterable[bytes]]]:
    yield PAGE, [page.encode()]
    for file in files:
        stored = file.stored
        try:
            yield file.path, stores.by_name(stored.storage).open(stored.blob_key, 0, stored.size)
        except NotFound:
            # Deleted, or taken back, since the archive was begun.
            continue
