"""Pictures that friends sent, on their way to HubSpot: the file that the chat has fetched, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.core import error_messages
from app.core.errors import NotFound, PermanentFailure, RetryLater, Unavailable
from app.core.i18n import _l
from app.integrations.hubspot.inbox.channel import MOST_BYTES
from app.media.models import Kind
from app.media.queries import StoredFile, stored_files
from app.media.storage.stores import stores
from app.messages.conversations.contents.models import ContentState
from app.messages.conversations.contents.queries import content_of
from app.messages.conversations.models import ConversationMessage

TOO_LARGE, ON_ITS_WAY, GONE = (
    "hubspot.inbox_picture_too_large",
    "hubspot.inbox_picture_on_its_way",
    "hubspot.inbox_picture_gone",
)
error_messages.register(
    {
        TOO_LARGE: _l("The picture is larger than 10 MB."),
        ON_ITS_WAY: _l("The picture is being fetched from LINE."),
        GONE: _l("The picture is not here."),
    }
)


class FetchedPicture(NamedTuple):
    """A picture's bytes and type."""

    content: bytes
    media_type: str


@dataclass(frozen=True)
class SentPicture:
    """The picture of a message as it stands: `file` once it is here, `is_coming` while it is being fetched."""

    file: StoredFile | None = None
    is_coming: bool = False

    def read(self) -> FetchedPicture:
        """Return it; raises RetryLater while it is not here yet, and PermanentFailure where it will not be."""
        if self.file is None:
            raise RetryLater(ON_ITS_WAY) if self.is_coming else PermanentFailure(GONE)
        if self.file.size > MOST_BYTES:
            raise PermanentFailure(TOO_LARGE)
        storage = stores.by_name(self.file.storage)
        try:
            return FetchedPicture(b"".join(storage.open(self.file.blob_key, 0, self.file.size)), self.file.media_type)
        except NotFound as error:
            # Taken back, or deleted, a moment ago.
            raise PermanentFailure(GONE) from error
        except Unavailable as error:
            raise RetryLater(ON_ITS_WAY) from error


def picture_of(message: ConversationMessage) -> SentPicture:
    """Return the picture of a message as the chat has it now."""
    known = content_of(message.id)
    if known is None:
        return SentPicture()
    if known.content.state == ContentState.STORED and known.file is not None and known.file.kind == Kind.IMAGE:
        return SentPicture(stored_files([known.file.id]).get(known.file.id))
    return SentPicture(is_coming=known.content.state == ContentState.WAITING)
