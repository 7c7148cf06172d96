"""What the settings of steps are made of, by their names, which mean the same in all kinds.

Forms keep what was typed, so that a number may also be the text that stands in its field. Things of accounts and
messages are read by what knows them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Shape = Callable[[Any], Iterator[str]]


def _of(*kinds: type) -> Shape:
    """Return the shape of values of these types; True and False are numbers only to Python."""

    def wrong(value: Any) -> Iterator[str]:
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            yield ""

    return wrong


def _object(parts: Mapping[str, Shape]) -> Shape:
    def wrong(value: Any) -> Iterator[str]:
        if not isinstance(value, Mapping):
            yield ""
            return
        for name, shape in parts.items():
            if value.get(name) is not None:
                yield from (f".{name}{place}" for place in shape(value[name]))

    return wrong


def _list(shape: Shape) -> Shape:
    def wrong(value: Any) -> Iterator[str]:
        if not isinstance(value, list):
            yield ""
            return
        for at, one in enumerate(value):
            yield from (f"[{at}]{place}" for place in shape(one))

    return wrong


_TEXT, _NUMBER, _FLAG, _ANY_OBJECT = _of(str), _of(int, str), _of(bool), _of(dict)


def _rows(*texts: str, **others: Shape) -> Shape:
    return _list(_object({**dict.fromkeys(texts, _TEXT), **others}))


def _weekday(value: Any) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 6:
        yield ""


_TEXTS = (
    *("address", "answer", "around", "change", "date", "default", "event", "every", "field", "friend_by"),
    *("friend_path", "from_node", "kind", "match", "mode", "name", "of", "repeat", "status", "subject", "text", "time"),
    *("to", "tracking_id", "unit", "url", "value", "zone", "conversation_status", "note"),
)
_NUMBERS = ("amount", "day", "days", "repeat_hours", "tries")
_FLAGS = ("also_unblocked", "any", "business_hours", "is_secret_wrong", "is_shared", "yearly")
_TESTS = _rows("source", "name", "operator", value=_NUMBER)
_SETTINGS = _object(
    {
        **dict.fromkeys(_TEXTS, _TEXT),
        **dict.fromkeys(_NUMBERS, _NUMBER),
        **dict.fromkeys(_FLAGS, _FLAG),
        "branches": _rows("name", "label", "hours", tests=_TESTS, conditions=_ANY_OBJECT),
        "choices": _rows("label", "value"),
        "conditions": _ANY_OBJECT,
        "fields": _rows("name", "value", "path"),
        "keywords": _rows("text", "match"),
        "late": _object({"policy": _TEXT, "hours": _NUMBER}),
        "parts": _rows("name", "label", share=_NUMBER),
        "results": _rows("name", "path"),
        "weekdays": _list(_weekday),
    }
)


def wrong_places(settings: Mapping[str, Any]) -> list[str]:
    """Return the places that hold what no form stores, such as "keywords[0].text"."""
    return [place.removeprefix(".") for place in _SETTINGS(settings)]
