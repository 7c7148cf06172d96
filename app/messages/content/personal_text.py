"""Text with places for what differs by recipient, and for LINE emoji and mentions.

    Hello {{first_name|dear customer}} {{emoji:5ac1bfd5040ab15980c9b435/001}}

`{{name|fallback}}` stands for a personal value; the fallback is used where the value is not known. `{{emoji:…}}` is one
of LINE's own emoji by product and number. `{{mention:all}}` and `{{mention:U…}}` name members of a group chat. `\\{{`
is a pair of braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from app.core.i18n import _

OPENING, CLOSING, ESCAPED = "{{", "}}", "\\{{"
# Behind the dot letters of every alphabet, since members name attributes and answers in their own language.
_NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[\w-]+)?\Z")
_EMOJI = re.compile(r"([0-9a-z]{1,64})/([0-9]{1,10})\Z")
_MENTION = re.compile(r"(all|U[0-9a-f]{32})\Z")


@dataclass(frozen=True)
class PersonalValue:
    """The place of a value; `fallback` is None where none is given."""

    name: str
    fallback: str | None


@dataclass(frozen=True)
class LineEmoji:
    """One of LINE's own emoji."""

    product_id: str
    emoji_id: str


@dataclass(frozen=True)
class Mention:
    """A member of the group, or everyone in it (`user_id` is "all")."""

    user_id: str


Piece = str | PersonalValue | LineEmoji | Mention


class WrongPlace(ValueError):
    """A pair of braces cannot be understood; `position` counts characters from 0."""

    def __init__(self, position: int, message: str) -> None:
        super().__init__(message)
        self.position = position
        self.message = message


@lru_cache(maxsize=4_096)
def parse(text: str) -> tuple[Piece, ...]:
    """Return the pieces in order, literal text as str; raises WrongPlace."""
    return tuple(_merged(_pieces(text)))


def names(pieces: tuple[Piece, ...]) -> set[str]:
    """Return the names of the personal values."""
    return {one.name for one in pieces if isinstance(one, PersonalValue)}


def in_short(text: str) -> str:
    """Return a text for a line that tells of it: fallbacks in the places of values, and no LINE emoji."""
    try:
        return "".join(map(_short, parse(text)))
    except WrongPlace:
        return text


def _short(piece: Piece) -> str:
    if isinstance(piece, PersonalValue):
        return piece.fallback or "…"
    return piece if isinstance(piece, str) else ""


def _pieces(text: str) -> Iterator[Piece]:
    at = 0
    while (found := text.find(OPENING, at)) >= 0:
        if text.startswith(ESCAPED, found - 1) and found > at:
            yield text[at : found - 1] + OPENING
            at = found + len(OPENING)
            continue
        end = text.find(CLOSING, found)
        if end < 0:
            raise WrongPlace(found, _("“{{” is not closed. Write “}}” after it, or “\\{{” for the braces themselves."))
        yield text[at:found]
        yield _place(text[found + len(OPENING) : end], found)
        at = end + len(CLOSING)
    yield text[at:]


def _place(inside: str, position: int) -> Piece:
    kind, _colon, rest = inside.strip().partition(":")
    if kind == "emoji" and (found := _EMOJI.match(rest)):
        return LineEmoji(*found.groups())
    if kind == "mention" and (found := _MENTION.match(rest)):
        return Mention(found[1])
    name, bar, fallback = inside.partition("|")
    if not _NAME.match(name.strip()):
        shown = OPENING + inside + CLOSING
        raise WrongPlace(position, _("“%(shown)s” names nothing that can be filled in.", shown=shown))
    return PersonalValue(name.strip(), fallback.strip() if bar else None)


def _merged(pieces: Iterator[Piece]) -> Iterator[Piece]:
    """Join neighbouring literals, and leave out empty ones."""
    literal = ""
    for one in pieces:
        if isinstance(one, str):
            literal += one
            continue
        if literal:
            yield literal
        literal = ""
        yield one
    if literal:
        yield literal
