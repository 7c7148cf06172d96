"""Find what of a message set is tracked, and put a place for a short address there.

Links of actions and areas are tracked, links written in texts, and images of ours that a friend's phone fetches itself.
The place of an address is a marker as long as a code, so that a text is cut as it would be with the code.
"""

from __future__ import annotations

import re
import secrets
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.messages.content.building import LONGEST_ADDRESS
from app.messages.content.compiled import CompiledSet, compiled, taken_apart
from app.messages.content.counting import utf16_units
from app.messages.content.filling import Fillable, TooLong, Values, in_address
from app.messages.content.personal_text import PersonalValue
from app.messages.content.utm import Utm
from app.messages.tracking.addresses import LENGTH, addresses, is_trackable
from app.messages.tracking.models import TargetKind
from app.messages.tracking.utm import with_utm

Part = str | PersonalValue
LINKS = {"uri", "linkUri"}
# Fetched by the friend's phone; pictures and films that are messages of their own are fetched by LINE as well.
IMAGES = {"baseUrl", "thumbnailImageUrl", "imageUrl", "url"}
TEXTS = {"text", "textV2"}
LONGEST_TEXT = 5_000
# An address in a text goes on over personal values, and ends before what no address holds, or marks of a sentence.
_IN_TEXT = re.compile(r"https?://[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%\x00]+", re.IGNORECASE)
_SENTENCE = ".,:;!?'*"
_BRACKETS = {")": "(", "]": "["}


class LinkTooLong(TooLong):
    """A link grew beyond what LINE takes; `place` names it as LINE names properties."""

    def __init__(self, place: str) -> None:
        super().__init__(place)
        self.place = place


@dataclass(frozen=True)
class TrackedPlace:
    """One address of a set: the marker that stands for its code, where it is, and where it leads."""

    marker: str
    place: str
    kind: TargetKind
    target: Fillable

    def filled(self, values: Values) -> str:
        """Return the target for one recipient; raises LinkTooLong."""
        try:
            return self.target.fill(values)
        except TooLong as error:
            raise LinkTooLong(self.place) from error


@dataclass(frozen=True)
class TrackedSet:
    """A message set whose addresses are markers, and what these stand for."""

    ready: CompiledSet
    places: tuple[TrackedPlace, ...]

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all personal values, those of addresses as well."""
        targets = (part for place in self.places for part in place.target.parts)
        return self.ready.names | {part.name for part in targets if isinstance(part, PersonalValue)}

    def fitting(self, values: Values) -> str | None:
        """Return the messages for one recipient as JSON with the markers; None where an address grows too long."""
        try:
            for place in self.places:
                place.filled(values)
            return self.ready.as_json(values)
        except TooLong:
            return None


def with_codes(text: str, codes: Mapping[str, str]) -> str:
    """Return messages as JSON with the code of each marker in its place."""
    for marker, code in codes.items():
        text = text.replace(marker, code)
    return text


def find_places(ready: CompiledSet, *, is_personal: bool, utm: Utm | None = None) -> TrackedSet:
    """Return the set with markers. `is_personal`: each recipient gets addresses of their own.

    Where they are shared, images and links whose target differs by recipient are left as they are.
    Raises LinkTooLong for a link that is too long for everyone, with what `utm` adds to it.
    """
    finder = _Finder(is_personal, utm)
    messages = [finder.walk(one, f"messages[{number}]") for number, one in enumerate(taken_apart(ready))]
    return TrackedSet(compiled(messages), tuple(finder.places))


def addresses_in(text: str) -> list[str]:
    """Return the links that are written in a text, without the marks of its sentences."""
    return [_without_end(found[0]) for found in _IN_TEXT.finditer(text)]


class _Finder:
    """A walk through messages, and the places found on it."""

    def __init__(self, is_personal: bool, utm: Utm | None) -> None:
        self.is_personal, self.utm = is_personal, utm
        self.places: list[TrackedPlace] = []
        self._salt = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ") for _ in range(LENGTH - 3))

    def walk(self, value: Any, place: str) -> Any:
        """Return the value with markers in it."""
        if isinstance(value, list):
            return [self.walk(one, f"{place}[{number}]") for number, one in enumerate(value)]
        if not isinstance(value, dict):
            return value
        return {name: self._field(value, name, one, f"{place}.{name}") for name, one in value.items()}

    def _field(self, owner: Mapping[str, Any], name: str, value: Any, place: str) -> Any:
        if not isinstance(value, str | Fillable):
            return self.walk(value, place)
        if name in LINKS:
            return self._link(_parts(value), place) or value
        if name in IMAGES and self.is_personal and isinstance(value, str):
            return self._image(value, place)
        is_text = name == "text" and owner.get("type") in TEXTS and re.fullmatch(r"messages\[\d+\]\.text", place)
        return self._text(value, place) if is_text else value

    def _link(self, parts: tuple[Part, ...], place: str) -> str | None:
        """Return the short address for a link; None for one that is left as it is."""
        if not parts or not isinstance(parts[0], str) or not is_trackable(parts[0]):
            return None
        target = Fillable(with_utm(parts, self.utm), LONGEST_ADDRESS, utf16_units, in_address, may_cut=False)
        literal = "".join(one for one in target.parts if isinstance(one, str))
        if utf16_units(literal) > LONGEST_ADDRESS:
            raise LinkTooLong(place)
        # What differs by recipient cannot lead to one place for all.
        if not self.is_personal and any(isinstance(one, PersonalValue) for one in parts):
            return None
        return addresses.link(self._marker(place, TargetKind.LINK, target), literal)

    def _image(self, address: str, place: str) -> str:
        found = addresses.media_key(address)
        if found is None:
            return address
        target = Fillable((found[0],), LONGEST_ADDRESS, utf16_units)
        return addresses.image(self._marker(place, TargetKind.IMAGE, target)) + found[1]

    def _text(self, text: str | Fillable, place: str) -> str | Fillable:
        """Track the links that are written in a text, unless it would grow beyond LINE's limit by that."""
        before, parts = len(self.places), _parts(text)
        values = [one for one in parts if isinstance(one, PersonalValue)]
        whole = "".join(one if isinstance(one, str) else "\x00" for one in parts)
        pieces, at, used = list[str](), 0, 0
        kept: list[PersonalValue] = []
        for found in _IN_TEXT.finditer(whole):
            address = _without_end(found[0])
            inside = values[(start := whole.count("\x00", 0, found.start())) : start + address.count("\x00")]
            short = self._link(_woven(address, inside), place)
            if short is None:
                continue
            kept += values[used:start]
            used = start + len(inside)
            pieces += [whole[at : found.start()], short]
            at = found.start() + len(address)
        kept += values[used:]
        tracked = "".join([*pieces, whole[at:]])
        if utf16_units(tracked.replace("\x00", "")) > LONGEST_TEXT:
            del self.places[before:]
            return text
        woven = _woven(tracked, kept)
        if isinstance(text, str):
            return tracked
        return Fillable(woven, text.limit, text.count, text.escape, text.may_cut)

    def _marker(self, place: str, kind: TargetKind, target: Fillable) -> str:
        marker = self._salt + in_three(len(self.places))
        self.places.append(TrackedPlace(marker, place, kind, target))
        return marker


def in_three(number: int) -> str:
    """Return the number in three characters, of which there are more than a message set has places."""
    digits = string.digits + string.ascii_uppercase
    return "".join(digits[number // len(digits) ** power % len(digits)] for power in (2, 1, 0))


def _without_end(address: str) -> str:
    """Return the address without the sentence's own marks behind it, and brackets that were opened before it."""
    while address and (address[-1] in _SENTENCE or _is_opened_before(address)):
        address = address[:-1]
    return address


def _is_opened_before(address: str) -> bool:
    closing = address[-1]
    return closing in _BRACKETS and address.count(closing) > address.count(_BRACKETS[closing])


def _parts(text: str | Fillable) -> tuple[Part, ...]:
    return (text,) if isinstance(text, str) else text.parts


def _woven(text: str, values: Sequence[PersonalValue]) -> tuple[Part, ...]:
    """Return the parts of a text in which a NUL stands for each of the values."""
    literals = text.split("\x00")
    parts: list[Part] = [literals[0]]
    for value, literal in zip(values, literals[1:], strict=True):
        parts += [value, literal]
    return tuple(one for one in parts if one != "")
