"""JSON as members type it: read with a sentence for what is wrong, and where each property stands in the text.

Only what can be stored and sent again is taken: no NaN, no NUL character, no half of a surrogate pair.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from app.core.i18n import Text, _, _l

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+')
_UNSTORABLE = re.compile(r"(?<!\\)(?:\\\\)*(\\u0000)|[\x00\ud800-\udfff]")
_OTHER = _l("This is no JSON.")
_TOO_DEEP = _l("This is nested deeper than any message of LINE.")
MOST_LEVELS = 100
MOST_DIGITS = 20
# What Python's reader says, in words for members; the beginning of its message decides.
_WHY: dict[str, Text] = {
    "Expecting property name": _l("A property name in double quotes is missing here."),
    "Expecting ':'": _l("A colon is missing here."),
    "Expecting ','": _l("A comma is missing here, or a bracket is not closed."),
    "Expecting value": _l("A value is missing here."),
    "Illegal trailing comma": _l("Nothing follows this comma: take it away."),
    "Unterminated string": _l("The double quotes that begin here are not closed."),
    "Invalid control character": _l("A line break or a tab cannot stand inside of double quotes; write \\n or \\t."),
    "Invalid \\": _l("This backslash does not begin anything known. Write \\\\ for the backslash itself."),
    "Extra data": _l("The JSON ends before this place."),
}


class WrongJson(ValueError):
    """Typed JSON cannot be used; `line` and `column` count from 1, `why` is a sentence."""

    def __init__(self, typed: str, offset: int, why: Text) -> None:
        super().__init__(str(why))
        self.line, self.column = line_and_column(typed, offset)
        self.why = why

    @property
    def sentence(self) -> Text:
        """Return the sentence with its place."""
        return _("Line %(line)s, column %(column)s: %(why)s", line=self.line, column=self.column, why=self.why)


def read_object(typed: str) -> dict[str, Any]:
    """Return the JSON object that was typed; raises WrongJson."""
    try:
        found = json.loads(typed, parse_constant=_refuse, parse_float=_finite, parse_int=_whole)
    except json.JSONDecodeError as error:
        raise WrongJson(typed, error.pos, _why(error.msg)) from error
    except RecursionError as error:
        raise WrongJson(typed, 0, _TOO_DEEP) from error
    except _NoNumber as error:
        raise WrongJson(typed, max(0, typed.find(error.digits)), _l("This number cannot be sent.")) from error
    if (deep := _too_deep_at(typed)) is not None:
        raise WrongJson(typed, deep, _TOO_DEEP)
    if _is_unstorable(found):
        place = _UNSTORABLE.search(typed)
        raise WrongJson(typed, place.start() if place else 0, _l("A character here cannot be stored."))
    if not isinstance(found, dict):
        raise WrongJson(typed, 0, _l("Write a JSON object, which begins with { and ends with }."))
    return found


def wrong_json(typed: str) -> WrongJson | None:
    """Return what is wrong with typed JSON; None where it can be used."""
    try:
        read_object(typed)
    except WrongJson as error:
        return error
    return None


def typed_json(value: Mapping[str, Any], source: str) -> str:
    """Return the text of a field: as it was typed, unless it says something else than what is stored."""
    try:
        is_same = bool(source) and read_object(source) == value
    except WrongJson:
        is_same = not value
    return source if is_same else json.dumps(value, ensure_ascii=False, indent=2)


def line_and_column(typed: str, offset: int) -> tuple[int, int]:
    """Return the place of a character, both numbers from 1."""
    return typed.count("\n", 0, offset) + 1, offset - typed.rfind("\n", 0, offset)


@dataclass(frozen=True)
class Places:
    """Where properties begin in a typed text, by the names and numbers that lead to them."""

    offsets: Mapping[tuple[str, ...], int]
    # Names that stand twice in one object, at their second place.
    repeated: Mapping[tuple[str, ...], int]

    def nearest(self, steps: Sequence[str]) -> int:
        """Return where the property stands, or what should hold it where it is missing."""
        for length in range(len(steps), -1, -1):
            if (found := self.offsets.get(tuple(steps[:length]))) is not None:
                return found
        return 0


@lru_cache(maxsize=64)
def places_of(typed: str) -> Places:
    """Return the places in JSON that can be read: a property stands at its name, an item of a list at its beginning."""
    offsets, repeated = dict[tuple[str, ...], int](), dict[tuple[str, ...], int]()
    # The name or number of what is read now, for each open bracket.
    open_at: list[str | int] = []
    is_name = False
    for token in _TOKEN.finditer(typed):
        mark = token[0]
        if mark in ("}", "]"):
            open_at.pop()
            is_name = False
        elif mark == "," and isinstance(open_at[-1], int):
            open_at[-1] += 1
        elif mark == ",":
            is_name = True
        elif is_name:
            open_at[-1], is_name = json.loads(mark), False
            steps = tuple(map(str, open_at))
            if steps in offsets:
                repeated[steps] = token.start()
            offsets[steps] = token.start()
        elif mark != ":":
            if not open_at or isinstance(open_at[-1], int):
                offsets[tuple(map(str, open_at))] = token.start()
            if mark in ("{", "["):
                open_at.append("" if mark == "{" else 0)
                is_name = mark == "{"
    return Places(offsets, repeated)


def _too_deep_at(typed: str) -> int | None:
    """Return where JSON that can be read is nested too deep."""
    level = 0
    for token in _TOKEN.finditer(typed):
        level += (token[0] in ("{", "[")) - (token[0] in ("}", "]"))
        if level > MOST_LEVELS:
            return token.start()
    return None


class _NoNumber(ValueError):
    def __init__(self, digits: str) -> None:
        super().__init__(digits)
        self.digits = digits


def _refuse(constant: str) -> NoReturn:
    raise _NoNumber(constant)


def _finite(digits: str) -> float:
    number = float(digits)
    return number if math.isfinite(number) else _refuse(digits)


def _why(words: str) -> Text:
    return next((why for begins, why in _WHY.items() if words.startswith(begins)), _OTHER)


def _is_unstorable(value: Any) -> bool:
    if isinstance(value, str):
        return any(one == "\0" or "\ud800" <= one <= "\udfff" for one in value)
    if isinstance(value, dict):
        return any(_is_unstorable(name) or _is_unstorable(one) for name, one in value.items())
    return isinstance(value, list) and any(map(_is_unstorable, value))


def _whole(digits: str) -> int:
    if len(digits) > MOST_DIGITS:
        raise _NoNumber(digits)
    return int(digits)
