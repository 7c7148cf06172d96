"""Texts with LINE emoji and mentions as pieces."""

from __future__ import annotations

from typing import Any

from app.core.i18n import _l
from app.line.texts import EmojiInText, MentionInText, TextPiece, sent
from app.messages.preview.parts import Part


def words(message: Any) -> Part:
    """Return a text message."""
    return Part("words", parts=[_part(one) for one in sent(message)])


def _part(one: TextPiece) -> Part:
    if isinstance(one, MentionInText):
        return Part("mention", note=str(one))
    if isinstance(one, EmojiInText):
        note = _l("LINE emoji")
        return Part("emoji", note=note, picture=one.picture) if one.picture else Part("span", one.placeholder or "…")
    return Part("span", one)
