"""What people sent, as it is shown: the file where it is here, else in a sentence what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.core import error_messages
from app.core.i18n import Text, _, _l, sentences
from app.media.models import Kind
from app.messages.conversations.contents.fetching import largest_file
from app.messages.conversations.contents.models import ContentState, MessageContent
from app.messages.conversations.contents.queries import KnownContent
from app.messages.conversations.models import ConversationMessage

SENTENCES: Mapping[str, Text] = {
    ContentState.WAITING: _l("Being fetched from LINE …"),
    ContentState.GONE: _l("No longer available at LINE."),
    ContentState.FAILED: _l("It could not be fetched from LINE."),
    ContentState.REMOVED: _l("Deleted, because it was older than files are kept."),
    ContentState.STORED: _l("The file was deleted."),
}
TYPES: Mapping[str, Text] = {
    "image/png": _l("Image"),
    "image/jpeg": _l("Image"),
    "image/webp": _l("Image"),
    "image/gif": _l("Image"),
    "video/mp4": _l("Video"),
    "audio/mp4": _l("Sound"),
    "audio/mpeg": _l("Sound"),
    "audio/wav": _l("Sound"),
    "audio/ogg": _l("Sound"),
    "application/pdf": _l("PDF"),
}


@dataclass(frozen=True)
class SentFile:
    """One file of a message. `look` is "image", "video" or "audio" for what can be shown, else "file" or "told"."""

    id: int
    message_id: int
    look: str
    name: str = ""
    type_words: str = ""
    size: int = 0
    width: int | None = None
    height: int | None = None
    # In seconds.
    seconds: int | None = None
    has_poster: bool = False
    # Why it is not here.
    sentence: str = ""
    is_waiting: bool = False
    may_be_ordered: bool = False


def sent_file(known: KnownContent) -> SentFile:
    """Return how one content is shown."""
    content, message, file = known.content, known.message, known.file
    name = str(message.content.get("fileName") or "")
    if content.state != ContentState.STORED or file is None:
        return SentFile(
            content.id,
            message.id,
            "told",
            name=name,
            sentence=_sentence(content),
            is_waiting=content.state == ContentState.WAITING,
            may_be_ordered=content.state in {ContentState.FAILED, ContentState.TOO_LARGE},
        )
    return SentFile(
        content.id,
        message.id,
        "file" if file.kind == Kind.DOCUMENT else file.kind,
        name=file.name,
        type_words=str(TYPES.get(file.media_type, _l("Type not known"))),
        size=file.size,
        width=file.width,
        height=file.height,
        seconds=_seconds(message),
        has_poster=content.preview_id is not None,
    )


def _sentence(content: MessageContent) -> str:
    if content.state == ContentState.TOO_LARGE:
        megabytes = largest_file(content.account_id) // (1024 * 1024)
        return _("Larger than %(megabytes)s MB, which is the most that is fetched.", megabytes=megabytes)
    reason = error_messages.sentence(content.reason) if content.reason else ""
    words = str(SENTENCES.get(content.state, ""))
    return sentences([words, reason] if reason else [words])


def _seconds(message: ConversationMessage) -> int | None:
    found = message.content.get("duration")
    is_known = isinstance(found, int | float) and not isinstance(found, bool) and 0 < found < 10**9
    return int(found) // 1000 if is_known and found is not None else None
