"""The text of a received message with its LINE emoji: words in brackets such as "(heart)" are text unless LINE says
that an emoji stands there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core import lenient_json


@dataclass(frozen=True)
class ReceivedEmoji:
    """A LINE emoji; `placeholder` is what LINE wrote in its place. Ids are None where LINE did not give them."""

    placeholder: str
    product_id: str | None
    emoji_id: str | None


def pieces(content: Mapping[str, Any]) -> list[str | ReceivedEmoji]:
    """Return a kept text as words and emoji in order; places that are not in the text are left out.

    LINE counts places in UTF-16 code units.
    """
    words = content.get("text")
    if not isinstance(words, str) or not words:
        return []
    units, at = words.encode("utf-16-le", "surrogatepass"), 0
    found: list[str | ReceivedEmoji] = []
    for start, end, emoji in sorted(_places(content, len(units) // 2), key=lambda place: place[:2]):
        if start < at:
            continue
        found += [one for one in [_decoded(units[2 * at : 2 * start])] if one]
        product, name = lenient_json.text(emoji, "productId"), lenient_json.text(emoji, "emojiId")
        found.append(ReceivedEmoji(_decoded(units[2 * start : 2 * end]), product, name))
        at = end
    return [*found, *(one for one in [_decoded(units[2 * at :])] if one)]


def _decoded(units: bytes) -> str:
    return units.decode("utf-16-le", "replace")


def _places(content: Mapping[str, Any], length: int) -> list[tuple[int, int, Any]]:
    found = []
    for emoji in lenient_json.items(content, "emojis"):
        index, size = lenient_json.number(emoji, "index"), lenient_json.number(emoji, "length")
        if index is not None and size is not None and 0 <= index < index + size <= length:
            found.append((index, index + size, emoji))
    return found
