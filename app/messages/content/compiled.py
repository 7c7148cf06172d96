"""A message set made ready once, and filled for many recipients."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring as quoted
from typing import Any

from app.messages.content.filling import Fillable, Values
from app.messages.content.personal_text import PersonalValue

# A JSON string that holds nothing but a number between two NULs, which no typed text can hold.
_PLACE = re.compile(r'"\\u0000(\d+)\\u0000"')


@dataclass(frozen=True)
class CompiledSet:
    """The JSON of a message set as literal pieces with a text to fill in between each two."""

    literals: tuple[str, ...]
    texts: tuple[Fillable, ...]

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all personal values."""
        parts = (part for text in self.texts for part in text.parts)
        return frozenset(part.name for part in parts if isinstance(part, PersonalValue))

    def as_json(self, values: Values) -> str:
        """Return the messages for one recipient as a JSON array; raises TooLong for an address."""
        pieces = [self.literals[0]]
        for text, literal in zip(self.texts, self.literals[1:], strict=True):
            pieces.append(quoted(text.fill(values)))
            pieces.append(literal)
        return "".join(pieces)

    def messages(self, values: Values) -> list[dict[str, Any]]:
        """Return the messages for one recipient; raises TooLong for an address."""
        found: list[dict[str, Any]] = json.loads(self.as_json(values))
        return found


def marked(ready: CompiledSet, values: Values) -> list[dict[str, Any]]:
    """Return what `CompiledSet.messages` does, with a `Filled` wherever something was filled in; raises TooLong."""
    found: list[dict[str, Any]] = _filled_in(taken_apart(ready), values)
    return found


def _filled_in(value: Any, values: Values) -> Any:
    if isinstance(value, Fillable):
        return value.filled(values)
    if isinstance(value, dict):
        return {name: _filled_in(one, values) for name, one in value.items()}
    return [_filled_in(one, values) for one in value] if isinstance(value, list) else value


def compiled(messages: Sequence[Mapping[str, Any]]) -> CompiledSet:
    """Compile LINE messages that may hold a `Fillable` wherever a string can stand."""
    texts: list[Fillable] = []
    whole = json.dumps(_placed(list(messages), texts), ensure_ascii=False, separators=(",", ":"))
    literals = _PLACE.split(whole)[::2]
    return CompiledSet(tuple(literals), tuple(texts))


def taken_apart(ready: CompiledSet) -> list[dict[str, Any]]:
    """Return the messages of a compiled set, with a `Fillable` wherever something is to be filled in."""
    places = (f'"\\u0000{number}\\u0000"' for number in range(len(ready.texts)))
    whole = "".join(piece for pair in zip(ready.literals, [*places, ""], strict=True) for piece in pair)
    found: list[dict[str, Any]] = _filled_places(json.loads(whole), ready.texts)
    return found


def _filled_places(value: Any, texts: Sequence[Fillable]) -> Any:
    """Return the value with its texts in their places again."""
    if isinstance(value, str) and value.startswith("\x00"):
        return texts[int(value.strip("\x00"))]
    if isinstance(value, dict):
        return {name: _filled_places(one, texts) for name, one in value.items()}
    return [_filled_places(one, texts) for one in value] if isinstance(value, list) else value


def _placed(value: Any, texts: list[Fillable]) -> Any:
    """Return the value with the number of its place instead of each text to fill in."""
    if isinstance(value, Fillable):
        texts.append(value)
        return f"\x00{len(texts) - 1}\x00"
    if isinstance(value, Mapping):
        return {name: _placed(one, texts) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_placed(one, texts) for one in value]
    return value
