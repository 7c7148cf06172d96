"""Single sends on the timeline of the friend: one line a send, however many messages it had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, select

from app.core import error_messages
from app.core.characters import isolated
from app.core.db import db
from app.core.i18n import Text, _, _l
from app.friends.timeline import Line
from app.friends.timeline_sources import TimelineEntry, TimelinePosition, TimelineSource, register
from app.messages.sending.causes import TITLES, CauseKind
from app.messages.sending.models import MessageSend, SendState

NAME = "message_sends"
_STATES: dict[str, Text] = {
    SendState.WAITING: _l("waiting"),
    SendState.REFUSED: _l("not sent"),
    SendState.UNKNOWN: _l("not known whether it was sent"),
}
_KINDS: dict[str, Text] = {
    "sticker": _l("Sticker"),
    "image": _l("Image"),
    "imagemap": _l("Image"),
    "video": _l("Video"),
    "audio": _l("Sound"),
    "location": _l("Place"),
}


def _page(friend_id: int, place: TimelinePosition | None, limit: int) -> Sequence[TimelineEntry]:
    query = _mine(friend_id)
    if place is not None:
        query = query.where(place.older(NAME, MessageSend.created_at.expression, MessageSend.id.expression))
    return _entries(query, limit)


def _newer(friend_id: int, number: int, limit: int) -> Sequence[TimelineEntry]:
    return _entries(_mine(friend_id).where(MessageSend.id > number), limit)


def _latest(friend_id: int) -> int:
    return db.session.scalar(select(func.max(MessageSend.id)).where(MessageSend.friend_id == friend_id)) or 0


def _mine(friend_id: int) -> Select[Any]:
    return select(MessageSend).where(MessageSend.friend_id == friend_id)


def _entries(query: Select[Any], limit: int) -> Sequence[TimelineEntry]:
    rows = db.session.scalars(query.order_by(MessageSend.created_at.desc(), MessageSend.id.desc()).limit(limit))
    return [TimelineEntry(NAME, row.id, row.created_at, _line(row), _member_id(row)) for row in rows]


def _member_id(send: MessageSend) -> int | None:
    return send.actor.get("id") if send.actor.get("kind") == "member" else None


def _line(send: MessageSend) -> Line:
    title = str(TITLES[CauseKind(send.cause_kind)])
    if state := _STATES.get(send.state):
        title = _("%(what)s (%(state)s)", what=title, state=state)
    said = " · ".join(isolated(words) for words in map(_words, send.messages) if words)
    why = error_messages.sentence(send.reason, send.reason_values)
    return Line("send", title, "\n".join(part for part in (said, why) if part))


def _words(message: Mapping[str, Any]) -> str:
    """Return what a message says in one line: its text, the text that stands for it, or its kind."""
    words = message.get("text") or message.get("altText")
    return str(words or _KINDS.get(str(message.get("type")), ""))


register(TimelineSource(NAME, _page, _newer, _latest))
