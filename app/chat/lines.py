"""How the lines of a thread are shown: on which side, by whom, drawn as on a phone, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from app.chat.albums import Album, albums_of
from app.chat.files import SentFile, sent_file
from app.chat.notes.queries import NOTE
from app.chat.notes.texts import pieces
from app.chat.people import ThreadPerson, names_of, people_of
from app.chat.queries.thread import ReceivedBroadcast, ThreadPage
from app.chat.received import MapPlace, drawing_of, place_of
from app.chat.states import NOTHING, Became, became_of
from app.chat.told import told_by_workflow, writer_of
from app.core.i18n import Text, _, _l, ngettext
from app.friends.models import Friend
from app.friends.taps import picked_in_words, postback_in_words
from app.line.texts import received, sent
from app.messages.conversations.contents.ordering import TYPES
from app.messages.conversations.models import ConversationMessage, Direction, MessageState
from app.messages.preview.parts import Part
from app.messages.preview.phone import phone
from app.messages.sending.causes import TITLES, CauseKind
from app.messages.sending.models import MessageSend

KINDS: Mapping[str, Text] = {
    "image": _l("Photo"),
    "video": _l("Video"),
    "audio": _l("Voice message"),
    "file": _l("File"),
    "sticker": _l("Sticker"),
    "location": _l("Place"),
    "imagemap": _l("Rich Message"),
    "template": _l("Buttons"),
    "flex": _l("Cards"),
}


@dataclass(frozen=True)
class ThreadLine:
    """A line: `side` is "in", "out", or "event" for what stands in the middle."""

    key: str
    side: str
    at: datetime
    author: str = ""
    picture_url: str | None = None
    drawings: Sequence[Part] = ()
    # A sentence in the middle, or of a line that has nothing to draw.
    note: str = ""
    quoted: str = ""
    quoted_key: str = ""
    quoted_id: int | None = None
    is_edited: bool = False
    # The words of a note, each with whether it names a member.
    pieces: Sequence[tuple[str, bool]] = ()
    became: Became = NOTHING
    # The send behind a line that went out.
    send_id: int | None = None
    broadcast_id: int | None = None
    # What came with the message; several were sent together.
    files: Sequence[SentFile] = ()
    # Where a place is, for a map.
    place: MapPlace | None = None
    # The friend who wrote it in a group.
    friend_id: int | None = None
    # All of it was taken back.
    is_gone: bool = False
    message: ConversationMessage | None = field(default=None, compare=False)


def lines_of(page: ThreadPage, friend: Friend | None) -> list[ThreadLine]:
    """Return the lines of a page in order."""
    people, albums = people_of(page, friend), albums_of(page)
    together = {message_id for album in albums for message_id in album.message_ids}
    shown = [_line(one, page, people) for one in page.messages if one.id not in together]
    shown += [_album(one, page, people) for one in albums if one.is_shown]
    shown += [_broadcast(one) for one in page.broadcasts]
    return sorted(shown, key=lambda line: line.at)


def summary(message: ConversationMessage | None) -> str:
    """Return what a line says, in a few words for lists and quotes."""
    if message is None:
        return ""
    if message.state == MessageState.UNSENT:
        return _("Took back a message")
    if message.direction == Direction.EVENT:
        return _event(message)
    content = message.content
    if message.type in ("text", "textV2"):
        read = received if message.direction == Direction.IN else sent
        words = "".join(map(str, read(content)))
    elif message.type == "postback":
        words = _("Pressed: %(what)s", what=_tapped(content))
    else:
        words = str(content.get("text") or content.get("altText") or content.get("fileName") or "")
    return " ".join(words.split()) or str(KINDS.get(message.type, _l("A message that cannot be shown")))


def _line(message: ConversationMessage, page: ThreadPage, people: Mapping[str, ThreadPerson]) -> ThreadLine:
    if message.type == NOTE:
        return line_of_note(message)
    if message.direction == Direction.EVENT:
        return ThreadLine(_key(message), "event", message.occurred_at, note=_event(message, people))
    if message.direction == Direction.OUT:
        return _outgoing(message, page)
    return _incoming(message, page, people)


def _album(album: Album, page: ThreadPage, people: Mapping[str, ThreadPerson]) -> ThreadLine:
    """Return what was sent together as one line, at the place of the last part."""
    if album.newest is None:
        return ThreadLine(album.key, "in", album.at, is_gone=True)
    line = _incoming(album.newest, page, people)
    return replace(line, key=album.key, files=[sent_file(one) for one in album.parts])


def key_of(message: ConversationMessage) -> str:
    """Return the id of the element that shows a message; a file has one of its own, since it may stand in an album."""
    is_file = message.type in TYPES and message.direction == Direction.IN and message.state != MessageState.UNSENT
    return f"file-{message.id}" if is_file else _key(message)


def line_of_note(note: ConversationMessage) -> ThreadLine:
    """Return the line of a note; one that was deleted is not drawn, and takes itself off open pages."""
    return ThreadLine(
        _key(note),
        "note",
        note.occurred_at,
        author=writer_of(note),
        pieces=pieces(note.content),
        is_gone=note.state == MessageState.UNSENT,
        is_edited=note.edited_at is not None,
        message=note,
    )


def _key(message: ConversationMessage) -> str:
    return f"line-{message.id}"


def _broadcast(one: ReceivedBroadcast) -> ThreadLine:
    note = _("Broadcast: %(name)s", name=one.name)
    return ThreadLine(f"broadcast-{one.id}", "event", one.at, note=note, broadcast_id=one.id)


def _incoming(message: ConversationMessage, page: ThreadPage, people: Mapping[str, ThreadPerson]) -> ThreadLine:
    writer = people.get(message.author_line_id or "", ThreadPerson())
    about: dict[str, Any] = {
        "author": writer.name or _("Name not known"),
        "picture_url": writer.picture_url,
        "friend_id": writer.friend_id,
        "message": message,
    }
    if message.state == MessageState.UNSENT:
        return ThreadLine(_key(message), "in", message.occurred_at, note=_("Took back a message"), **about)
    if message.type == "postback":
        note = _("Pressed: %(what)s", what=_tapped(message.content))
        return ThreadLine(_key(message), "in", message.occurred_at, note=note, **about)
    about |= _quoted(message, page)
    drawn, known = drawing_of(message), page.contents.get(message.id)
    return ThreadLine(
        _key(message),
        "in",
        message.occurred_at,
        drawings=[drawn] if drawn else [],
        note="" if drawn or known else summary(message),
        is_edited=message.edited_at is not None,
        files=[sent_file(known)] if known else (),
        place=place_of(message),
        **about,
    )


def _outgoing(message: ConversationMessage, page: ThreadPage) -> ThreadLine:
    send = page.sends.get(message.send_id or 0)
    drawing = phone([message.content])
    return ThreadLine(
        _key(message),
        "out",
        message.occurred_at,
        author=sender_of(message, send),
        drawings=[*drawing.messages, *drawing.quick_replies],
        became=became_of(message, send),
        send_id=message.send_id,
        **_quoted(message, page),
        message=message,
    )


def sender_of(message: ConversationMessage, send: MessageSend | None) -> str:
    """Return the member who wrote, or what sent the message by itself."""
    label = str(send.actor.get("label") or "") if send else ""
    if message.cause_kind == CauseKind.CHAT:
        return label or str(TITLES[CauseKind.CHAT])
    title = str(TITLES.get(CauseKind(message.cause_kind), _l("Automatic message")))
    return f"{title} · {label}" if label and message.author_kind != "system" else title


def _quoted(message: ConversationMessage, page: ThreadPage) -> dict[str, Any]:
    """Return in a few words what the message quotes, and where that stands; nothing where it quotes nothing."""
    quoted = page.quoted.get(message.quoted_message_id or "")
    return {} if quoted is None else {"quoted": summary(quoted), "quoted_key": key_of(quoted), "quoted_id": quoted.id}


def _tapped(content: Mapping[str, Any]) -> str:
    said = (postback_in_words(str(content.get("data", ""))), picked_in_words(content.get("params") or {}))
    return " · ".join(part for part in said if part)


def _event(message: ConversationMessage, known: Mapping[str, ThreadPerson] = MappingProxyType({})) -> str:
    ids = message.content.get("line_user_ids") or ()
    people, names = len(ids), names_of(ids, known)
    by = str(message.content.get("by") or "")
    sentences = {
        "joined": lambda: _("The account joined"),
        "left": lambda: _("The account left"),
        "members_joined": lambda: (
            _("%(names)s joined", names=names)
            if names
            else ngettext("A person joined", "%(num)s people joined", people)
        ),
        "members_left": lambda: (
            _("%(names)s left", names=names) if names else ngettext("A person left", "%(num)s people left", people)
        ),
        "note": lambda: _("Note: %(words)s", words=" ".join(str(message.content.get("text", "")).split())),
        "taken_over": lambda: _("%(name)s answers now; automatic messages stop", name=by),
        "released": lambda: _released(message.content.get("idle_hours")),
        "spam": lambda: _("%(name)s marked this as spam; automation stops", name=by),
        "not_spam": lambda: _("%(name)s took back the spam mark; workflows may start again", name=by),
    }
    found = sentences.get(message.type)
    return found() if found else told_by_workflow(message.type, message.content) or message.type


def _released(idle_hours: int | None) -> str:
    if idle_hours is None:
        return _("Given back to automation")
    return ngettext(
        "Given back to automation after %(num)s idle hour",
        "Given back to automation after %(num)s idle hours",
        idle_hours,
    )
