"""Texts that are filled per recipient, cut where LINE would refuse them as too long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from app.messages.content.counting import Count, cut
from app.messages.content.personal_text import PersonalValue

# Texts of one recipient by the name of the value; None and "" mean that it is not known.
Values = Mapping[str, str | None]
Escape = Callable[[str], str]


def unchanged(text: str) -> str:
    """Fill a value in as it is."""
    return text


def in_address(text: str) -> str:
    """Percent-encode a value, so that it stays one part of the address whatever it holds."""
    return quote(text, safe="")


def in_braces(text: str) -> str:
    """Double the braces of a value: single ones are places of LINE's `textV2`."""
    return text.replace("{", "{{").replace("}", "}}")


class TooLong(ValueError):
    """A filled text is longer than LINE takes and must not be cut, as an address; `path` names its field."""

    def __init__(self, path: str = "") -> None:
        super().__init__(path)
        self.path = path


class Placed(str):
    """A text of a built message that knows the field it comes from, such as `messages.0.text`."""

    __slots__ = ("path",)
    path: str

    def __new__(cls, text: str, path: str) -> Placed:
        made = super().__new__(cls, text)
        made.path = path
        return made


class Filled(str):
    """A text filled for one recipient that knows which of its parts are fallbacks, as (start, end) in characters."""

    __slots__ = ("fallbacks",)
    fallbacks: tuple[tuple[int, int], ...]

    def __new__(cls, text: str, fallbacks: tuple[tuple[int, int], ...]) -> Filled:
        made = super().__new__(cls, text)
        made.fallbacks = fallbacks
        return made


@dataclass(frozen=True)
class Fillable:
    """A text with personal values. Literal parts are str and stand as LINE gets them.

    `limit` is LINE's, counted by `count`. Values give way where the whole would be longer, unless `may_cut` is False.
    """

    parts: tuple[str | PersonalValue, ...]
    limit: int
    count: Count
    escape: Escape = unchanged
    may_cut: bool = True
    # The field it comes from.
    path: str = ""

    def fill(self, values: Values) -> str:
        """Return the text for one recipient; raises TooLong where it cannot be cut."""
        text = "".join(one if isinstance(one, str) else self.escape(_value(one, values)) for one in self.parts)
        if 2 * len(text) <= self.limit or self.count(text) <= self.limit:
            return text
        if not self.may_cut:
            raise TooLong(self.path)
        return "".join(self._short_pieces(values))

    def filled(self, values: Values) -> Filled:
        """Return what `fill` does, with the places of the fallbacks; raises TooLong."""
        text = self.fill(values)
        pieces = [one if isinstance(one, str) else self.escape(_value(one, values)) for one in self.parts]
        if text != "".join(pieces):
            pieces = self._short_pieces(values)
        places, at = [], 0
        for part, piece in zip(self.parts, pieces, strict=True):
            if piece and isinstance(part, PersonalValue) and not values.get(part.name):
                places.append((at, at + len(piece)))
            at += len(piece)
        return Filled(text, tuple(places))

    @cached_property
    def _room(self) -> int:
        return self.limit - self.count("".join(one for one in self.parts if isinstance(one, str)))

    def _short_pieces(self, values: Values) -> list[str]:
        """Give each value in turn what room the ones before it have left."""
        room, pieces = max(0, self._room), list[str]()
        for one in self.parts:
            piece = one if isinstance(one, str) else self._escaped_short(_value(one, values), room)
            room -= 0 if isinstance(one, str) else self.count(piece)
            pieces.append(piece)
        return pieces

    def _escaped_short(self, value: str, room: int) -> str:
        """Return as much of the value as fits after it is escaped; an escape is never cut in two."""
        short = cut(value, room, self.count)
        while (excess := self.count(self.escape(short)) - room) > 0:
            short = cut(short, self.count(short) - -(-excess // 2), self.count)
        return self.escape(short)


def _value(place: PersonalValue, values: Values) -> str:
    return values.get(place.name) or place.fallback or ""
