"""Pictures that were sent together stand together, in one line of the thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.chat.queries.thread import ThreadPage
from app.messages.conversations.contents.models import ContentState
from app.messages.conversations.contents.queries import KnownContent, in_order
from app.messages.conversations.models import ConversationMessage


@dataclass(frozen=True)
class Album:
    """A set of pictures without those that were taken back; `message_ids` are the lines that it takes the place of."""

    key: str
    at: datetime
    parts: Sequence[KnownContent]
    message_ids: frozenset[int]
    # Where the album stands; None when nothing of it is left.
    newest: ConversationMessage | None
    is_shown: bool


def albums_of(page: ThreadPage) -> list[Album]:
    """Return the albums of a page. One that two pages share stands on the newer one, whole."""
    sets: dict[tuple[str | None, str], list[KnownContent]] = {}
    for one in page.contents.values():
        if one.content.set_id is not None:
            sets.setdefault((one.message.author_line_id, one.content.set_id), []).append(one)
    return [_album(together, page) for together in sets.values()]


def _album(together: list[KnownContent], page: ThreadPage) -> Album:
    left = [one for one in together if one.content.state != ContentState.UNSENT]
    newest = max((one.message for one in left), key=lambda one: (one.occurred_at, one.id), default=None)
    is_here = newest is not None and any(one.id == newest.id for one in page.messages)
    return Album(
        # The same as long as anything of the set is known, whatever comes and goes.
        key=f"album-{min(one.content.id for one in together)}",
        at=newest.occurred_at if newest else together[-1].message.occurred_at,
        parts=in_order(left),
        message_ids=frozenset(one.message.id for one in left),
        newest=newest,
        is_shown=page.is_news or is_here,
    )
