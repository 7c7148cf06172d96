"""What tracking takes from lower layers, and the lines that it adds to timelines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.characters import isolated
from app.core.events import listen
from app.core.i18n import _
from app.friends import timeline
from app.friends.events import FriendVideoWatched
from app.friends.timeline import Line
from app.messages.tracking.operations.judging import CLICKED, OPENED, note_open
from app.messages.tracking.sources import source_in


@listen(FriendVideoWatched)
def on_video_watched(batch: Sequence[FriendVideoWatched]) -> None:
    """Count a video that LINE says was watched to its end as seen; its line is there already."""
    for said in batch:
        note_open(said.friend_id, said.occurred_at)


def _clicked(data: Mapping[str, Any]) -> Line:
    return _line("external-link", _("Opened a link"), data)


def _opened(data: Mapping[str, Any]) -> Line:
    return _line("eye", _("Saw a message"), data)


def _line(icon: str, title: str, data: Mapping[str, Any]) -> Line:
    """Return the line, with the source of the message and the address that was opened."""
    source = source_in(data)
    said = (str(source.name) if source else "", str(data.get("url", "")))
    return Line(icon, title, "\n".join(isolated(one) for one in said if one), place=source.place if source else None)


timeline.register(CLICKED, _clicked)
timeline.register(OPENED, _opened)
