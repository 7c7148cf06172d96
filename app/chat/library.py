"""Auto Send Messages and Message Items, as they are offered where an answer is written."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.errors import NotFound
from app.folders.queries import FolderScope, filed_page, get_filed
from app.messages.auto.library import AUTO_MESSAGES
from app.messages.auto.models import AutoMessage
from app.messages.library.kinds import MessageLibrary
from app.messages.library.list_rows import LibraryLine, lines_of
from app.messages.library.models import LibraryMessage
from app.messages.parts.library import LIBRARIES
from app.messages.parts.models import MessagePart

MOST_OFFERED = 15
AUTO, ITEM = "auto", "item"
Groups = Sequence[tuple[MessageLibrary, str, Sequence[LibraryLine]]]


def offered(account_id: int, search: str) -> Groups:
    """Return what is kept, by kind and with the word for it in forms; a search narrows by name."""
    scope = FolderScope(account_id, search)
    kinds = [(AUTO_MESSAGES, AUTO), *((one, ITEM) for one in LIBRARIES)]
    found = [
        (one, word, filed_page(one, scope, one.usual_order, columns=one.numbers(), size=MOST_OFFERED).rows)
        for one, word in kinds
    ]
    return [(library, word, lines_of(library, rows)) for library, word, rows in found if rows]


def kept(account_id: int, word: str, message_id: int) -> LibraryMessage:
    """Return one of them; raises NotFound."""
    if word not in (AUTO, ITEM):
        raise NotFound
    return get_filed(account_id, AutoMessage if word == AUTO else MessagePart, message_id)
