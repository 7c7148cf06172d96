"""Values that properties of Flex components may have, with what to write instead of a wrong one.

https://developers.line.biz/en/reference/messaging-api/#flex-message
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TALLEST = 3


@dataclass(frozen=True)
class Value:
    """What a property may be; `wanted` lists examples as they stand in JSON."""

    fits: Callable[[Any], bool]
    wanted: str


def words(*each: str) -> Value:
    """Take one of these words."""
    return Value(lambda value: isinstance(value, str) and value in each, ", ".join(each))


def written(pattern: str, example: str, *each: str) -> Value:
    """Take text of this pattern, or one of these words."""
    known = re.compile(rf"(?:{pattern})\Z")
    fits = lambda value: isinstance(value, str) and (value in each or bool(known.match(value)))  # noqa: E731
    return Value(fits, ", ".join([example, *each]))


def _is_ratio(value: Any) -> bool:
    """Return whether it is width:height of a picture that is not too tall."""
    found = re.match(r"(\d{1,6}(?:\.\d+)?):(\d{1,6}(?:\.\d+)?)\Z", value) if isinstance(value, str) else None
    if found is None:
        return False
    width, height = float(found[1]), float(found[2])
    return 1 <= width <= 100_000 and 1 <= height <= 100_000 and height <= TALLEST * width


def _is_angle(value: Any) -> bool:
    found = re.match(r"(\d+(?:\.\d+)?)deg\Z", value) if isinstance(value, str) else None
    return found is not None and float(found[1]) < 360


_SPACES = ("none", "xs", "sm", "md", "lg", "xl", "xxl")
_SIZES = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")
_PIXELS, _PERCENT = r"\d+(?:\.\d+)?px", r"\d+(?:\.\d+)?%"
SWITCH = Value(lambda value: isinstance(value, bool), "true, false")
WHOLE = Value(lambda value: isinstance(value, int) and not isinstance(value, bool) and value >= 0, "0, 1, 2 …")
TEXT = Value(lambda value: isinstance(value, str), '"…"')
COLOR = written(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})", "#RRGGBB, #RRGGBBAA")
SPACE = written(_PIXELS, "10px", *_SPACES)
PADDING = written(f"{_PIXELS}|{_PERCENT}", "10px, 5%", *_SPACES)
OFFSET = written(rf"-?(?:{_PIXELS}|{_PERCENT})", "10px, -10px, 5%", *_SPACES)
LENGTH = written(f"{_PIXELS}|{_PERCENT}", "100px, 50%")
FONT = written(_PIXELS, "16px", *_SIZES)
PICTURE = written(f"{_PIXELS}|{_PERCENT}", "100px, 50%", *_SIZES, "full")
BORDER = written(_PIXELS, "2px", "none", "light", "normal", "medium", "semi-bold", "bold")
LINE_SPACING = written(_PIXELS, "20px")
PERCENT = written(_PERCENT, "50%")
RATIO = Value(_is_ratio, "20:13, 1:1, 1:3")
ANGLE = Value(_is_angle, "0deg, 90deg")
ENDS = words("start", "end", "center")
UPRIGHT = words("top", "bottom", "center")
