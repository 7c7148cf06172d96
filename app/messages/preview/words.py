"""Texts with LINE emoji and mentions as pieces."""

from __future__ import annotations

from typing import Any

from app.core import lenient_json
from app.core.i18n import _l
from app.line.texts import EmojiInText, MentionInText, TextPiece, sent
from app.messages.content.filling import Filled
from app.messages.preview.parts import Part, runs_of

# Private characters.
_START, _END = "\U000f0000", "\U000f0001"


def words(message: Any) -> Part:
    """Return a text message."""
    return Part("words", parts=[_part(one) for one in sent(_with_marks(message))])


def _with_marks(message: Any) -> Any:
    """Return the message with marks around fallbacks, so that they are still known when its text was divided."""
    typed = lenient_json.text(message, "text")
    # Places of emoji in a plain text are counted, so that nothing can be added to it.
    if not isinstance(typed, Filled) or lenient_json.items(message, "emojis"):
        return message
    marked = (f"{_START}{piece}{_END}" if is_fallback else piece for piece, is_fallback in runs_of(typed))
    return {**message, "text": "".join(marked)}


def _without_marks(typed: str) -> Filled:
    text, places = "", []
    for piece in typed.split(_START):
        inside, mark, rest = piece.partition(_END)
        if mark:
            places.append((len(text), len(text + inside)))
        text += inside + rest
    return Filled(text, tuple(places))


def _part(one: TextPiece) -> Part:
    if isinstance(one, MentionInText):
        return Part("mention", note=str(one))
    if isinstance(one, EmojiInText):
        note = _l("LINE emoji")
        return Part("emoji", note=note, picture=one.picture) if one.picture else Part("span", one.placeholder or "…")
    return Part("span", _without_marks(one))
