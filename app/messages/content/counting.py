"""Lengths as LINE counts them, and text cut to such a length on whole characters.

LINE counts most properties in UTF-16 code units; action labels, postback texts, message-action texts, texts and titles
of templates, and names of rich menus in grapheme clusters (LINE Developers, "Character counting in a text").
"""

from __future__ import annotations

from collections.abc import Callable

import regex

Count = Callable[[str], int]

_WHOLE = regex.compile(r"\X")


def utf16_units(text: str) -> int:
    """Return the length in UTF-16 code units: a character outside the basic plane counts two."""
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def graphemes(text: str) -> int:
    """Return how many characters a reader sees; an emoji with its skin tone, a family and a flag are one."""
    if text.isascii() and "\r" not in text:
        return len(text)
    return len(_WHOLE.findall(text))


def cut(text: str, limit: int, count: Count) -> str:
    """Return as many whole characters from the beginning as fit; an emoji is never divided."""
    if count(text) <= limit:
        return text
    kept, room = [], limit
    for whole in _WHOLE.findall(text):
        room -= count(whole)
        if room < 0:
            break
        kept.append(whole)
    return "".join(kept)
