"""Named message sets as lists show them: kinds, alternative text, picture, what uses them, and who changed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.i18n import Text
from app.core.usage import Usage, usages_of
from app.messages.composer.blanks import KIND_NAMES
from app.messages.library.kinds import MessageLibrary
from app.messages.library.models import LibraryMessage
from app.team.permissions import current_actor
from app.team.queries import names_of


@dataclass(frozen=True)
class LibraryLine:
    """A message set with what a list says of it; `picture` is the id of the first image in it."""

    message: LibraryMessage
    kinds: Sequence[Text]
    alt_text: str
    picture: int | None
    usages: Sequence[Usage]
    changed_by: str | None
    sent: int | None


def lines_of(library: MessageLibrary, messages: Sequence[LibraryMessage]) -> list[LibraryLine]:
    """Return a line for each."""
    members = names_of([one.updated_by for one in messages])
    sent = library.counts([one.id for one in messages]) if library.counts else None
    return [_line(library, one, members, sent) for one in messages]


def _line(
    library: MessageLibrary, one: LibraryMessage, members: Mapping[int, str], sent: Mapping[int, int] | None
) -> LibraryLine:
    inside = one.content.get("messages", ())
    return LibraryLine(
        message=one,
        kinds=[KIND_NAMES[message["kind"]][0] for message in inside],
        alt_text=str(inside[0].get("alt_text", "")) if library.only and inside else "",
        picture=_first_picture(inside[0]) if library.only and inside else None,
        usages=usages_of(library.name, one.id, current_actor()),
        changed_by=members.get(one.updated_by) if one.updated_by else None,
        sent=None if sent is None else sent.get(one.id, 0),
    )


def _first_picture(message: Mapping[str, Any]) -> int | None:
    """Return the image of a Rich Message, or of the first card that has one."""
    places = (message, *message.get("cards", ()), message.get("end_card") or {})
    return next((file_id for one in places if isinstance(file_id := one.get("file_id"), int)), None)
