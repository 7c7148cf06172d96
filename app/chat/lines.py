"""How the lines of a thread are shown: on which side, by whom, drawn as on a phone, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.chat.queries.thread import ReceivedBroadcast, ThreadPage
from app.core import error_messages
from app.core.i18n import Text, _, _l, ngettext
from app.friends.models import Friend
from app.friends.taps import picked_in_words, postback_in_words
from app.line.texts import EmojiInText, received
from app.messages.conversations.models import ConversationMessage, Direction, MessageState
from app.messages.preview.parts import Part
from app.messages.preview.phone import phone
from app.messages.sending.causes import TITLES, CauseKind
from app.messages.sending.models import MessageSend, Via

STATES: Mapping[str, Text] = {
    MessageState.WAITING: _l("Sending …"),
    MessageState.SENT: _l("Sent"),
    MessageState.REFUSED: _l("Not sent"),
    MessageState.UNKNOWN: _l("Not known whether it was sent"),
}
COLOURS = {MessageState.REFUSED: "red", MessageState.UNKNOWN: "yellow"}
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
    is_edited: bool = False
    state: str = ""
    state_words: str = ""
    colour: str = "secondary"
    reason: str = ""
    # The send behind the line, where it may be tried again or settled by hand.
    send_id: int | None = None
    broadcast_id: int | None = None
    message: ConversationMessage | None = field(default=None, compare=False)


def lines_of(page: ThreadPage, friend: Friend | None) -> list[ThreadLine]:
    """Return the lines of a page in order."""
    shown = [_line(one, page, friend) for one in page.messages]
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
    if message.type == "text" and message.direction == Direction.IN:
        words = "".join(map(str, received(content)))
    elif message.type == "postback":
        words = _("Pressed: %(what)s", what=_tapped(content))
    else:
        words = str(content.get("text") or content.get("altText") or content.get("fileName") or "")
    return " ".join(words.split()) or str(KINDS.get(message.type, _l("A message that cannot be shown")))


def _line(message: ConversationMessage, page: ThreadPage, friend: Friend | None) -> ThreadLine:
    if message.direction == Direction.EVENT:
        return ThreadLine(_key(message), "event", message.occurred_at, note=_event(message))
    if message.direction == Direction.OUT:
        return _outgoing(message, page.sends.get(message.send_id or 0))
    return _incoming(message, page, friend)


def _key(message: ConversationMessage) -> str:
    return f"line-{message.id}"


def _broadcast(one: ReceivedBroadcast) -> ThreadLine:
    note = _("Broadcast: %(name)s", name=one.name)
    return ThreadLine(f"broadcast-{one.id}", "event", one.at, note=note, broadcast_id=one.id)


def _incoming(message: ConversationMessage, page: ThreadPage, friend: Friend | None) -> ThreadLine:
    writer = page.friends.get(message.author_line_id or "") or friend
    about: dict[str, Any] = {
        "author": (writer.display_name if writer else None) or _("Name not known"),
        "picture_url": writer.picture_url if writer else None,
        "message": message,
    }
    if message.state == MessageState.UNSENT:
        return ThreadLine(_key(message), "in", message.occurred_at, note=_("Took back a message"), **about)
    if message.type == "postback":
        note = _("Pressed: %(what)s", what=_tapped(message.content))
        return ThreadLine(_key(message), "in", message.occurred_at, note=note, **about)
    quoted = page.quoted.get(message.quoted_message_id or "")
    if quoted is not None:
        about |= {"quoted": summary(quoted), "quoted_key": _key(quoted)}
    drawn = _drawn(message)
    return ThreadLine(
        _key(message),
        "in",
        message.occurred_at,
        drawings=[drawn] if drawn else [],
        note="" if drawn else summary(message),
        is_edited=message.edited_at is not None,
        **about,
    )


def _drawn(message: ConversationMessage) -> Part | None:
    """Return what the other side wrote as on a phone; None for files, which LINE keeps apart."""
    if message.type == "text":
        return Part("words", parts=[_piece(one) for one in received(message.content)])
    if message.type in {"sticker", "location"}:
        return phone([{"type": message.type, **message.content}]).messages[0]
    return None


def _piece(one: str | EmojiInText) -> Part:
    if isinstance(one, str):
        return Part("span", one)
    return Part("emoji", note=_l("LINE emoji"), picture=one.picture) if one.picture else Part("span", one.placeholder)


def _outgoing(message: ConversationMessage, send: MessageSend | None) -> ThreadLine:
    drawing = phone([message.content])
    is_open = message.state in {MessageState.REFUSED, MessageState.UNKNOWN}
    return ThreadLine(
        _key(message),
        "out",
        message.occurred_at,
        author=_author(message, send),
        drawings=[*drawing.messages, *drawing.quick_replies],
        state=message.state,
        state_words=_state(message, send),
        colour=COLOURS.get(MessageState(message.state), "secondary"),
        reason=error_messages.sentence(send.reason, send.reason_values) if send else "",
        send_id=message.send_id if is_open and message.cause_kind == CauseKind.CHAT else None,
        message=message,
    )


def _author(message: ConversationMessage, send: MessageSend | None) -> str:
    """Return the member who wrote, or what sent the message by itself."""
    label = str(send.actor.get("label") or "") if send else ""
    if message.cause_kind == CauseKind.CHAT:
        return label or str(TITLES[CauseKind.CHAT])
    title = str(TITLES.get(CauseKind(message.cause_kind), _l("Automatic message")))
    return f"{title} · {label}" if label and message.author_kind != "system" else title


def _state(message: ConversationMessage, send: MessageSend | None) -> str:
    words = str(STATES.get(MessageState(message.state), ""))
    if message.state != MessageState.SENT or send is None:
        return words
    return _("%(state)s, free of charge", state=words) if send.via == Via.REPLY else words


def _tapped(content: Mapping[str, Any]) -> str:
    said = (postback_in_words(str(content.get("data", ""))), picked_in_words(content.get("params") or {}))
    return " · ".join(part for part in said if part)


def _event(message: ConversationMessage) -> str:
    people = len(message.content.get("line_user_ids") or ())
    by = str(message.content.get("by") or "")
    sentences = {
        "joined": lambda: _("The account joined"),
        "left": lambda: _("The account left"),
        "members_joined": lambda: ngettext("A person joined", "%(num)s people joined", people),
        "members_left": lambda: ngettext("A person left", "%(num)s people left", people),
        "taken_over": lambda: _("%(name)s answers now; automatic messages stop", name=by),
        "released": lambda: _released(message.content.get("idle_hours")),
    }
    found = sentences.get(message.type)
    return found() if found else message.type


def _released(idle_hours: int | None) -> str:
    if idle_hours is None:
        return _("Given back to automation")
    return ngettext(
        "Given back to automation after %(num)s idle hour",
        "Given back to automation after %(num)s idle hours",
        idle_hours,
    )
