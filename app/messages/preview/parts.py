"""The pieces a drawing is made of, and the values that messages may bring into it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core import lenient_json
from app.core.i18n import Text
from app.line.gateway.urls import urls
from app.media.storage.stores import stores
from app.messages.content.filling import Filled

_COLOR = re.compile(r"#[0-9a-fA-F]{6}(?:[0-9a-fA-F]{2})?")
_PIXELS = re.compile(r"\d{1,4}(?:\.\d{1,3})?px")
_PERCENT = re.compile(r"\d{1,3}(?:\.\d{1,3})?%")


@dataclass(frozen=True)
class Tap:
    """What a friend sends with a tap: a text, or with `data` a postback of which the chat shows at most the text.

    With a `mode` ("date", "time" or "datetime") the friend chooses a moment first, from `least` to `most`; `first` is
    shown at the beginning.
    """

    text: str
    data: str | None = None
    mode: str = ""
    first: str = ""
    least: str = ""
    most: str = ""

    @property
    def field(self) -> str:
        """Return the type of the field in which the moment is chosen."""
        return "datetime-local" if self.mode == "datetime" else self.mode


@dataclass(frozen=True)
class Part:
    """One piece: `look` is its class in phone.css without `phone-`, `css` what the message itself decides.

    `words` are text of the message, `note` is a sentence of ours, and `picture` is an https address; `tap` is what a
    tap on it sends.
    """

    look: str
    words: str | None = None
    note: Text | None = None
    picture: str | None = None
    css: Mapping[str, str] = field(default_factory=dict)
    parts: Sequence[Part] = ()
    tap: Tap | None = None

    @property
    def runs(self) -> list[tuple[str, bool]]:
        """Return the words in pieces, each with whether it is a fallback; empty pieces are left out."""
        return runs_of(self.words or "")

    @property
    def is_button(self) -> bool:
        """Return whether the piece is a button by itself; others that can be tapped are covered by one."""
        return self.look.partition(" ")[0] in ("button", "reply", "caption", "area")

    @property
    def is_inline(self) -> bool:
        """Return whether the piece stands within a line of text."""
        return self.look in ("span", "emoji", "mention", "reply")


def runs_of(words: str) -> list[tuple[str, bool]]:
    """Return a text in pieces, each with whether it is a fallback for a value that is not known."""
    if not isinstance(words, Filled):
        return [(words, False)] if words else []
    edges, runs, at = [*words.fallbacks, (len(words), len(words))], list[tuple[str, bool]](), 0
    for start, end in edges:
        runs += [(str(words[at:start]), False), (str(words[start:end]), True)]
        at = end
    return [run for run in runs if run[0]]


def color(value: Any, name: str) -> str | None:
    """Return the named colour; None unless it is written as LINE takes it."""
    found = lenient_json.text(value, name) or ""
    return found if _COLOR.fullmatch(found) else None


def length(found: str | None, words: Mapping[str, str]) -> str | None:
    """Return a length of CSS for one of LINE's words, pixels or a percentage; None for anything else."""
    if not found:
        return None
    return words.get(found) or (found if _PIXELS.fullmatch(found) or _PERCENT.fullmatch(found) else None)


def picture_at(value: Any, name: str) -> str | None:
    """Return the named address of a picture, if phones would load it; a stand-in for LINE takes http from here, too."""
    found = lenient_json.text(value, name) or ""
    is_ours = bool(stores.public_url) and found.startswith(f"{stores.public_url}/") and not urls.is_line
    return found if found.startswith("https://") or is_ours else None


def only(**values: str | None) -> dict[str, str]:
    """Return the values that are there, named as CSS names them."""
    return {name.replace("_", "-"): value for name, value in values.items() if value}


def inside(value: Any, name: str) -> dict[str, Any]:
    """Return the object below a name; an empty one if there is none."""
    return lenient_json.mapping(value, name)


def label_of(action: Any) -> str:
    """Return what a button with this action shows."""
    return lenient_json.text(action, "label") or "…"


MODES = ("date", "time", "datetime")


def tap_of(action: Any) -> Tap | None:
    """Return what a tap on this action sends; None where it opens something instead."""
    kind, data = lenient_json.text(action, "type"), lenient_json.text(action, "data")
    if kind == "message" and (text := lenient_json.text(action, "text")):
        return Tap(text)
    if kind == "postback" and data:
        return Tap(lenient_json.text(action, "displayText") or label_of(action), data)
    mode = lenient_json.text(action, "mode")
    if kind == "datetimepicker" and data and mode in MODES:
        # LINE takes a small t between day and time, browsers a capital one.
        bounds = ((lenient_json.text(action, name) or "").replace("t", "T") for name in ("initial", "min", "max"))
        return Tap(label_of(action), data, mode, *bounds)
    return None


def button(look: str, action: Any, css: Mapping[str, str] | None = None) -> Part:
    """Return a button with this action."""
    return Part(look, label_of(action), css=css or {}, tap=tap_of(action))
