"""What a person wrote in HubSpot's inbox as LINE's messages: long text in parts, files as the composer sends them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from app.chat.attaching import messages_of_files
from app.chat.recipients import set_of
from app.core import lenient_json
from app.core.db import released
from app.core.errors import InvalidInput, PermanentFailure
from app.core.names import shown_file_name
from app.integrations.hubspot.gateway import files
from app.integrations.hubspot.gateway.files import Downloaded, DownloadRefused
from app.integrations.hubspot.inbox import portal
from app.integrations.hubspot.inbox.channel import MOST_BYTES
from app.integrations.hubspot.inbox.words import FILE_AWAY, FILE_TOO_LARGE, NOTHING, UNUSABLE
from app.integrations.shared.models import Integration
from app.media.models import Visibility
from app.media.operations.files import add_file
from app.media.receiving import Incoming
from app.messages.content.counting import cut, utf16_units
from app.messages.content.kinds.plain import LONGEST_TEXT
from app.messages.content.message_set import MOST_MESSAGES, MessageSet
from app.messages.content.personal_text import ESCAPED, OPENING
from app.team.actors import Actor

# A part of a long text ends between words, if there is a gap so near its end.
NEAR_END = 500


class FetchedFile(NamedTuple):
    """An attached file, read from HubSpot."""

    name: str
    file: Downloaded


def fetch(integration: Integration, message: dict[str, Any]) -> list[FetchedFile]:
    """Read the files of a message; commits. Raises RetryLater, and PermanentFailure with why it cannot be sent."""
    wanted = [one for one in lenient_json.items(message, "attachments") if lenient_json.text(one, "type") == "FILE"]
    if not wanted:
        return []
    with released():
        return [_fetched(integration, one) for one in wanted]


def _fetched(integration: Integration, attachment: dict[str, Any]) -> FetchedFile:
    url, file_id = lenient_json.text(attachment, "url") or "", lenient_json.id_text(attachment, "fileId")
    name = shown_file_name(lenient_json.text(attachment, "name") or "file")
    try:
        return FetchedFile(name, files.download(url, MOST_BYTES))
    except DownloadRefused as error:
        if error.is_too_large:
            raise PermanentFailure(FILE_TOO_LARGE) from error
    # The address was signed for a while only.
    try:
        return FetchedFile(name, files.download(portal.call(integration, files.signed_url(file_id)), MOST_BYTES))
    except DownloadRefused as error:
        raise PermanentFailure(FILE_TOO_LARGE if error.is_too_large else FILE_AWAY) from error
    except PermanentFailure as error:
        raise PermanentFailure(FILE_AWAY) from error


def sets_of(account_id: int, message: dict[str, Any], fetched: Sequence[FetchedFile], actor: Actor) -> list[MessageSet]:
    """Return what is sent, in order; commits while it stores files. Raises PermanentFailure for what cannot be sent."""
    words = (lenient_json.text(message, "text") or "").strip()
    messages: list[dict[str, Any]] = [{"kind": "text", "text": _plain(part)} for part in parts(words)]
    messages += messages_of_files(account_id, [_stored(account_id, one, actor) for one in fetched], actor=actor)
    if not messages:
        raise PermanentFailure(NOTHING)
    return [set_of("", messages[at : at + MOST_MESSAGES]) for at in range(0, len(messages), MOST_MESSAGES)]


def parts(words: str, most: int = LONGEST_TEXT) -> list[str]:
    """Return a text in parts that LINE takes, divided between words where that is possible."""
    found: list[str] = []
    while utf16_units(words) > most:
        part = cut(words, most, utf16_units)
        gap = max(part.rfind(mark, max(0, len(part) - NEAR_END)) for mark in ("\n", " ", "\u3000", "\u3002"))
        part = part[: gap + 1] if gap > 0 else part
        found.append(part.rstrip())
        words = words[len(part) :].lstrip()
    return [*found, words] if words else found


def _plain(words: str) -> str:
    """Return the words as a text in which nothing is filled in."""
    return words.replace(OPENING, ESCAPED)


def _stored(account_id: int, fetched: FetchedFile, actor: Actor) -> int:
    """Store a file of any type, as the composer does; returns its id."""
    try:
        with Incoming(takes_any=True) as incoming:
            incoming.write(fetched.file.content)
            received = incoming.finish()
            stored = add_file(account_id, received, name=fetched.name, visibility=Visibility.PUBLIC, actor=actor)
    except InvalidInput as error:
        raise PermanentFailure(UNUSABLE) from error
    return stored.id
