"""Sentences for each kind of activity on a friend's timeline. Upper layers register the kinds that they record."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.characters import isolated
from app.core.i18n import Text, _, _l, ngettext
from app.friends.linked_pages import LinkedPage
from app.friends.linked_services import SERVICES
from app.friends.taps import picked_in_words, postback_in_words
from app.friends.values import CUSTOM, STANDARD, in_words
from app.line.texts import MessagePiece, received, sticker_in, with_pictures


@dataclass(frozen=True)
class Line:
    """One line: an icon, what happened, and what it was about, with the page that tells more.

    `pieces` stand for a detail with pictures in it.
    """

    icon: str
    title: str
    detail: str = ""
    pieces: Sequence[MessagePiece] = ()
    place: LinkedPage | None = None


Describe = Callable[[Mapping[str, Any]], Line]
_described: dict[str, Describe] = {}


def register(kind: str, describe: Describe) -> None:
    """Register how activities of this kind read; `describe` gets the activity's data."""
    _described[kind] = describe


def describe(kind: str, data: Mapping[str, Any]) -> Line:
    """Return the line of an activity, in the reader's language; an unknown kind shows its name."""
    known = _described.get(kind)
    return known(data) if known else Line("point", kind.replace("_", " "))


def _plain(icon: str, title: Text) -> Describe:
    return lambda data: Line(icon, str(title))


_MESSAGES: dict[str, tuple[str, Text]] = {
    "text": ("message", _l("Wrote a message")),
    "sticker": ("mood-smile", _l("Sent a sticker")),
    "image": ("photo", _l("Sent a picture")),
    "video": ("video", _l("Sent a video")),
    "audio": ("microphone", _l("Sent a voice message")),
    "file": ("file", _l("Sent a file")),
    "location": ("map-pin", _l("Sent a place")),
}


def _message(data: Mapping[str, Any]) -> Line:
    if data.get("unsent"):
        return Line("message-off", _("Took a message back"))
    icon, title = _MESSAGES.get(str(data.get("type")), ("message", _l("Sent a message")))
    is_sticker = data.get("type") == "sticker"
    words: list[MessagePiece] = [sticker_in(data)] if is_sticker else [*received(data)]
    said = ("".join(map(str, words)), *(data.get(name) for name in ("fileName", "title", "address")))
    detail = " · ".join(isolated(str(part)) for part in said if part)
    shown = _("%(what)s in a group", what=title) if data.get("group_id") else str(title)
    whole = _("%(what)s, edited since", what=shown) if data.get("edited_at") else shown
    return Line(icon, whole, detail, with_pictures(words))


def _postback(data: Mapping[str, Any]) -> Line:
    params = data.get("params") or {}
    if alias := params.get("newRichMenuAliasId"):
        return Line("layout-grid", _("Switched the rich menu"), str(alias))
    said = (str(data.get("label") or postback_in_words(str(data.get("data", "")))), picked_in_words(params))
    return Line("hand-click", _("Tapped a button"), " · ".join(isolated(part) for part in said if part))


def _named(icon: str, title: Text, name: str) -> Describe:
    return lambda data: Line(icon, str(title), str(data.get(name, "")))


def _attributes(data: Mapping[str, Any]) -> Line:
    changes, labels = data.get("changes", {}), data.get("labels", {})
    title = ngettext("Details were changed", "%(num)s details were changed", len(changes))
    if (service := SERVICES.get(str(data.get("source")))) is not None:
        by = _("by %(service)s", service=service)
        title = f"{title} · {by}"
    lines = (f"{isolated(_label(name, labels))}: {_shown(old)} → {_shown(new)}" for name, (old, new) in changes.items())
    return Line("pencil", title, "\n".join(lines))


def _label(name: str, labels: Mapping[str, str]) -> str:
    standard = {field.name: field.label for field in STANDARD}
    return str(standard.get(name) or labels.get(name) or name.removeprefix(CUSTOM))


def _shown(value: Any) -> str:
    return isolated(in_words(value)) or "–"


register("followed", _plain("user-plus", _l("Added the account as a friend")))
register("unblocked", _plain("user-check", _l("Took back the block")))
register("blocked", _plain("user-off", _l("Blocked the account")))
register("message", _message)
register("postback", _postback)
register("video_watched", _named("player-play", _l("Watched a video to the end"), "tracking_id"))
register("account_linked", _plain("link", _l("Linked an account")))
register("tag_added", _named("tag", _l("Tag added"), "name"))
register("tag_removed", _named("tag-off", _l("Tag removed"), "name"))
register("attributes_changed", _attributes)
