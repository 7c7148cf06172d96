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
from app.line.texts import MessagePiece, sent, sticker_in, with_pictures
from app.messages.sending.causes import TITLES, CauseKind
from app.messages.sending.models import MessageSend, SendState
from app.messages.tracking.queries import targets_in_texts

NAME = "message_sends"
_STATES: dict[str, Text] = {
    SendState.WAITING: _l("waiting"),
    SendState.REFUSED: _l("not sent"),
    SendState.UNKNOWN: _l("not known whether it was sent"),
}
_KINDS: dict[str, Text] = {
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
    rows = db.session.scalars(query.order_by(MessageSend.created_at.desc(), MessageSend.id.desc()).limit(limit)).all()
    targets = targets_in_texts({row.tracked_send_id for row in rows if row.tracked_send_id})
    return [TimelineEntry(NAME, row.id, row.created_at, _line(row, targets), _member_id(row)) for row in rows]


def _member_id(send: MessageSend) -> int | None:
    return send.actor.get("id") if send.actor.get("kind") == "member" else None


def _line(send: MessageSend, targets: Mapping[str, str]) -> Line:
    """Return the line of a send; `targets` are where short addresses lead, which stand there in their place."""
    title = str(TITLES[CauseKind(send.cause_kind)])
    if state := _STATES.get(send.state):
        title = _("%(what)s (%(state)s)", what=title, state=state)
    said = [pieces for pieces in (_pieces(one, targets) for one in send.messages) if pieces]
    why = error_messages.sentence(send.reason, send.reason_values)
    whole = " · ".join(isolated("".join(map(str, pieces))) for pieces in said)
    detail = "\n".join(part for part in (whole, why) if part)
    return Line("send", title, detail, with_pictures(_joined(said, f"\n{why}" if why else "")))


def _pieces(message: Mapping[str, Any], targets: Mapping[str, str]) -> list[MessagePiece]:
    """Return what a message says in one line: its text or picture, the text that stands for it, or its kind."""
    kind = str(message.get("type"))
    if kind in ("text", "textV2"):
        return [_with_targets(one, targets) if isinstance(one, str) else one for one in sent(message)]
    if kind == "sticker":
        return [sticker_in(message)]
    words = message.get("altText") or _KINDS.get(kind)
    return [str(words)] if words else []


def _with_targets(words: str, targets: Mapping[str, str]) -> str:
    for short, target in targets.items():
        words = words.replace(short, target)
    return words


def _joined(said: Sequence[list[MessagePiece]], end: str) -> list[MessagePiece]:
    """Return the pieces of all messages in one line; each message keeps its own direction."""
    joined: list[MessagePiece] = []
    for number, pieces in enumerate(said):
        joined += [" · \u2068" if number else "\u2068", *pieces, "\u2069"]
    return [*joined, end]


register(TimelineSource(NAME, _page, _newer, _latest))
