"""Values that the properties of flex components may have: colours, lengths, words, numbers and switches."""

import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any], bool]

SPACES = ("none", "xs", "sm", "md", "lg", "xl", "xxl")
SIZES = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")
BORDERS = ("none", "light", "normal", "medium", "semi-bold", "bold")
WIDEST, TALLEST = 100_000, 3
_COLOUR = re.compile(r"#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{8})\Z")
_PIXELS = re.compile(r"[0-9]+(?:\.[0-9]+)?px\Z")
_MOVED = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:px|%)\Z")
_PERCENT = re.compile(r"[0-9]+(?:\.[0-9]+)?%\Z")
_DEGREES = re.compile(r"[0-9]+(?:\.[0-9]+)?deg\Z")
_RATIO = re.compile(r"([0-9]+(?:\.[0-9]+)?):([0-9]+(?:\.[0-9]+)?)\Z")


def one_of(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value in words


def matching(*patterns: re.Pattern[str], words: tuple[str, ...] = ()) -> Check:
    """Take these words, and text that one of the patterns fits."""
    return lambda value: (
        isinstance(value, str) and (value in words or any(pattern.match(value) for pattern in patterns))
    )


def is_switch(value: Any) -> bool:
    return isinstance(value, bool)


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_ratio(value: Any) -> bool:
    """Whether it is width:height, of which no picture may be more than three times as high as wide."""
    found = _RATIO.match(value) if isinstance(value, str) else None
    if found is None:
        return False
    width, height = float(found[1]), float(found[2])
    return 1 <= width <= WIDEST and 1 <= height <= WIDEST and height <= TALLEST * width


is_colour = matching(_COLOUR)
is_space = matching(_PIXELS, words=SPACES)
is_padding = matching(_PIXELS, _PERCENT, words=SPACES)
is_offset = matching(_MOVED, words=SPACES)
is_length = matching(_PIXELS, _PERCENT)
is_font_size = matching(_PIXELS, words=SIZES)
is_percent = matching(_PERCENT)


def is_angle(value: Any) -> bool:
    return isinstance(value, str) and bool(_DEGREES.match(value)) and float(value.removesuffix("deg")) < 360


# Properties that mean the same wherever they stand.
EVERYWHERE: dict[str, Check] = {
    **dict.fromkeys(("color", "backgroundColor", "borderColor", "separatorColor"), is_colour),
    **dict.fromkeys(("startColor", "endColor", "centerColor"), is_colour),
    **dict.fromkeys(("margin", "spacing"), is_space),
    **dict.fromkeys(("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd"), is_padding),
    **dict.fromkeys(("offsetTop", "offsetBottom", "offsetStart", "offsetEnd"), is_offset),
    **dict.fromkeys(("width", "maxWidth", "height", "maxHeight"), is_length),
    **dict.fromkeys(("wrap", "scaling", "animated", "separator"), is_switch),
    **dict.fromkeys(("flex", "maxLines"), is_count),
    "borderWidth": matching(_PIXELS, words=BORDERS),
    "cornerRadius": is_space,
    "lineSpacing": matching(_PIXELS),
    "aspectRatio": is_ratio,
    "angle": is_angle,
    "centerPosition": is_percent,
    "layout": one_of("horizontal", "vertical", "baseline"),
    "position": one_of("relative", "absolute"),
    "weight": one_of("regular", "bold"),
    "style": one_of("normal", "italic"),
    "decoration": one_of("none", "underline", "line-through"),
    "align": one_of("start", "end", "center"),
    "gravity": one_of("top", "bottom", "center"),
    "aspectMode": one_of("fit", "cover"),
    "adjustMode": one_of("shrink-to-fit"),
    "direction": one_of("ltr", "rtl"),
    "justifyContent": one_of("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
    "alignItems": one_of("center", "flex-start", "flex-end"),
}
# Those that mean something else in one component.
OF_KIND: dict[str, dict[str, Check]] = {
    "bubble": {"size": one_of("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")},
    "button": {"style": one_of("primary", "secondary", "link"), "height": one_of("sm", "md")},
    "image": {"size": matching(_PIXELS, _PERCENT, words=(*SIZES, "full"))},
    "icon": {"size": is_font_size},
    "text": {"size": is_font_size},
    "span": {"size": is_font_size},
}


def is_value(kind: str, name: str, value: Any) -> bool:
    """Whether a property of this kind of component may have this value; what is not listed may have any."""
    check = OF_KIND.get(kind, {}).get(name) or EVERYWHERE.get(name)
    return check is None or check(value)
