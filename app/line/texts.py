"""Texts as LINE writes them, divided into words, LINE emoji and mentions; and stickers.

Words in brackets such as "(heart)" are text unless LINE says that an emoji stands there. LINE counts places in UTF-16
code units. What is read here may have been written by anyone, so places that cannot be are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from app.core import lenient_json
from app.core.i18n import _
from app.line.shop_pictures import emoji_picture, sticker_picture

Piece = TypeVar("Piece")
_PLACE = re.compile(r"\{\{|\}\}|\{([A-Za-z0-9_]{1,20})\}")


@dataclass(frozen=True)
class EmojiInText:
    """A LINE emoji; `placeholder` is what LINE wrote in its place. IDs are None where LINE did not give them."""

    placeholder: str
    product_id: str | None
    emoji_id: str | None
    look: ClassVar[str] = "emoji"

    @property
    def picture(self) -> str | None:
        """Return the address of its picture."""
        return emoji_picture(self.product_id, self.emoji_id)

    def __str__(self) -> str:
        """Return what is read where its picture cannot be seen."""
        return self.placeholder.strip("()$ ") or _("LINE emoji")


@dataclass(frozen=True)
class MentionInText:
    """A member of a group, or everyone in it."""

    is_everyone: bool

    def __str__(self) -> str:
        """Return what stands there; LINE does not tell the member's name."""
        return _("@All") if self.is_everyone else _("@member")


@dataclass(frozen=True)
class Sticker:
    """A sticker, which is a message of its own; `words` are what its sender wrote on it."""

    sticker_id: str | None
    words: str = ""
    look: ClassVar[str] = "sticker"

    @property
    def picture(self) -> str | None:
        """Return the address of its picture."""
        return sticker_picture(self.sticker_id)

    def __str__(self) -> str:
        """Return what is read where its picture cannot be seen."""
        return self.words or _("Sticker")


@dataclass(frozen=True)
class NamedInText:
    """A member of a group, as LINE wrote the name into a received text; `is_us` is the account itself."""

    words: str
    is_us: bool = False
    look: ClassVar[str] = "mention"

    def __str__(self) -> str:
        """Return the words."""
        return self.words


TextPiece = str | EmojiInText | MentionInText
# Of a message in one line.
MessagePiece = TextPiece | Sticker


def sticker_in(message: Mapping[str, Any]) -> Sticker:
    """Return the sticker of a message that was received or sent."""
    return Sticker(lenient_json.text(message, "stickerId"), lenient_json.text(message, "text") or "")


def with_pictures(pieces: Sequence[MessagePiece]) -> Sequence[MessagePiece]:
    """Return the pieces if a picture is among them, so that it can be drawn; none where words say it all."""
    return pieces if any(isinstance(one, EmojiInText | Sticker) for one in pieces) else ()


def received(content: Mapping[str, Any]) -> list[str | EmojiInText]:
    """Return a received text as words and emoji in order."""
    words = _Units(lenient_json.text(content, "text") or "")
    return list(_cut(words, _emoji_places(words, content)))


def received_with_names(content: Mapping[str, Any]) -> list[str | EmojiInText | NamedInText]:
    """Return a received text as words, emoji and mentions in order."""
    words = _Units(lenient_json.text(content, "text") or "")
    emoji = [(*place[:2], _emoji(words, place)) for place in _emoji_places(words, content)]
    names = [
        (*place[:2], NamedInText(words.part(*place[:2]), is_us=lenient_json.flag(place[2], "isSelf")))
        for place in _places(lenient_json.items(lenient_json.mapping(content, "mention"), "mentionees"))
        if words.part(*place[:2]).startswith("@")
    ]
    return list(_divided(words, [*emoji, *names]))


def _emoji_places(words: _Units, content: Mapping[str, Any]) -> Iterator[tuple[int, int, Any]]:
    places = _places(lenient_json.items(content, "emojis"))
    return (place for place in places if _is_bracket(words.part(*place[:2])))


def _places(items: Iterable[Any]) -> Iterator[tuple[int, int, Any]]:
    """Yield start, end and the item itself of what LINE says stands in a text."""
    for one in items:
        at = lenient_json.number(one, "index")
        if at is not None and at >= 0:
            yield at, at + max(lenient_json.number(one, "length") or 0, 0), one


def sent(message: Mapping[str, Any]) -> list[TextPiece]:
    """Return the words, emoji and mentions of a message of type `text` or `textV2`."""
    words = lenient_json.text(message, "text") or ""
    if lenient_json.text(message, "type") == "textV2":
        return [one for one in _named(words, lenient_json.mapping(message, "substitution")) if one]
    units = _Units(words)
    dollars = ((at, at + 1, one) for at, one in _indexed(message) if units.part(at, at + 1) == "$")
    return list(_cut(units, dollars))


class _Units:
    """A text by its UTF-16 code units."""

    def __init__(self, words: str) -> None:
        self._bytes = words.encode("utf-16-le", "surrogatepass")

    def part(self, start: int, end: int | None = None) -> str:
        """Return what stands between two places."""
        return self._bytes[2 * start : None if end is None else 2 * end].decode("utf-16-le", "replace")


def _cut(words: _Units, places: Iterable[tuple[int, int, Any]]) -> Iterator[str | EmojiInText]:
    """Yield the words between the places, and an emoji at each; of places that overlap the first counts."""
    return _divided(words, [(*place[:2], _emoji(words, place)) for place in places])


def _emoji(words: _Units, place: tuple[int, int, Any]) -> EmojiInText:
    start, end, emoji = place
    product, number = lenient_json.text(emoji, "productId"), lenient_json.text(emoji, "emojiId")
    return EmojiInText(words.part(start, end), product, number)


def _divided(words: _Units, places: Iterable[tuple[int, int, Piece]]) -> Iterator[str | Piece]:
    at = 0
    for start, end, piece in sorted(places, key=lambda place: place[:2]):
        if start < at:
            continue
        if between := words.part(at, start):
            yield between
        yield piece
        at = end
    if rest := words.part(at):
        yield rest


def _is_bracket(words: str) -> bool:
    return words.startswith("(") and words.endswith(")")


def _indexed(content: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    for emoji in lenient_json.items(content, "emojis"):
        index = lenient_json.number(emoji, "index")
        if index is not None and index >= 0:
            yield index, emoji


def _named(words: str, substitution: Mapping[str, Any]) -> Iterator[TextPiece]:
    """Yield the pieces of a `textV2`; braces are doubled in its words, and names without a substitute stay."""
    said, end = "", 0
    for found in _PLACE.finditer(words):
        said, end = said + words[end : found.start()], found.end()
        substitute = _substitute(substitution, found[1]) if found[1] else found[0][0]
        if substitute is None or isinstance(substitute, str):
            said += substitute or found[0]
            continue
        yield said
        yield substitute
        said = ""
    yield said + words[end:]


def _substitute(substitution: Mapping[str, Any], name: str) -> EmojiInText | MentionInText | None:
    value = lenient_json.mapping(substitution, name)
    if value.get("type") == "emoji":
        return EmojiInText("", lenient_json.text(value, "productId"), lenient_json.text(value, "emojiId"))
    if value.get("type") == "mention":
        return MentionInText(lenient_json.mapping(value, "mentionee").get("type") == "all")
    return None
