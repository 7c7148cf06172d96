"""Flex components: which properties each may have, and which it must have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from app.messages.content.flex.values import (
    ANGLE,
    BORDER,
    COLOR,
    ENDS,
    FONT,
    LENGTH,
    LINE_SPACING,
    OFFSET,
    PADDING,
    PERCENT,
    PICTURE,
    RATIO,
    SPACE,
    SWITCH,
    TEXT,
    UPRIGHT,
    WHOLE,
    Value,
    words,
)

# Properties whose value is checked as a component, a list or an action of its own.
INSIDE = None


@dataclass(frozen=True)
class Component:
    """Properties by name; `needs` are those that LINE does not take it without."""

    properties: Mapping[str, Value | None]
    needs: tuple[str, ...] = ()


_OFFSETS: dict[str, Value | None] = {
    "position": words("relative", "absolute"),
    **dict.fromkeys(("offsetTop", "offsetBottom", "offsetStart", "offsetEnd"), OFFSET),
}
_LETTERS: dict[str, Value | None] = {
    "text": TEXT,
    "size": FONT,
    "color": COLOR,
    "weight": words("regular", "bold"),
    "style": words("normal", "italic"),
    "decoration": words("none", "underline", "line-through"),
}
_FITTED: dict[str, Value | None] = {"adjustMode": words("shrink-to-fit"), "scaling": SWITCH}
_BOX: dict[str, Value | None] = {
    "layout": words("horizontal", "vertical", "baseline"),
    "contents": INSIDE,
    "flex": WHOLE,
    "spacing": SPACE,
    "margin": SPACE,
    "backgroundColor": COLOR,
    "borderColor": COLOR,
    "borderWidth": BORDER,
    "cornerRadius": SPACE,
    **dict.fromkeys(("width", "maxWidth", "height", "maxHeight"), LENGTH),
    **dict.fromkeys(("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd"), PADDING),
    "action": INSIDE,
    "justifyContent": words("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
    "alignItems": words("center", "flex-start", "flex-end"),
    "background": INSIDE,
}
BLOCKS = ("header", "hero", "body", "footer")
BUBBLE_SIZES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
# A film plays in a bubble that stands alone and is as wide as this.
WITH_FILM = ("kilo", "mega", "giga")

COMPONENTS: dict[str, Component] = {
    "box": Component({**_BOX, **_OFFSETS}, ("layout", "contents")),
    "button": Component(
        {
            "action": INSIDE,
            "flex": WHOLE,
            "margin": SPACE,
            "height": words("sm", "md"),
            "style": words("primary", "secondary", "link"),
            "color": COLOR,
            "gravity": UPRIGHT,
            **_FITTED,
            **_OFFSETS,
        },
        ("action",),
    ),
    "image": Component(
        {
            "url": TEXT,
            "flex": WHOLE,
            "margin": SPACE,
            "align": ENDS,
            "gravity": UPRIGHT,
            "size": PICTURE,
            "aspectRatio": RATIO,
            "aspectMode": words("fit", "cover"),
            "backgroundColor": COLOR,
            "action": INSIDE,
            "animated": SWITCH,
            **_OFFSETS,
        },
        ("url",),
    ),
    "video": Component(
        {"url": TEXT, "previewUrl": TEXT, "altContent": INSIDE, "aspectRatio": RATIO, "action": INSIDE},
        ("url", "previewUrl", "altContent"),
    ),
    "icon": Component(
        {"url": TEXT, "margin": SPACE, "size": FONT, "aspectRatio": RATIO, "scaling": SWITCH, **_OFFSETS}, ("url",)
    ),
    "text": Component(
        {
            **_LETTERS,
            "contents": INSIDE,
            "align": ENDS,
            "gravity": UPRIGHT,
            "wrap": SWITCH,
            "lineSpacing": LINE_SPACING,
            "maxLines": WHOLE,
            "action": INSIDE,
            "flex": WHOLE,
            "margin": SPACE,
            **_FITTED,
            **_OFFSETS,
        }
    ),
    "span": Component(_LETTERS, ("text",)),
    "separator": Component({"margin": SPACE, "color": COLOR}),
    "filler": Component({"flex": WHOLE}),
}
BUBBLE = Component(
    {
        "size": words(*BUBBLE_SIZES),
        "direction": words("ltr", "rtl"),
        **dict.fromkeys((*BLOCKS, "styles", "action"), INSIDE),
    }
)
CAROUSEL = Component({"contents": INSIDE}, ("contents",))
STYLES = Component(dict.fromkeys(BLOCKS, INSIDE))
STYLE = Component({"backgroundColor": COLOR, "separator": SWITCH, "separatorColor": COLOR})
GRADIENT = Component(
    {"angle": ANGLE, "startColor": COLOR, "endColor": COLOR, "centerColor": COLOR, "centerPosition": PERCENT},
    ("angle", "startColor", "endColor"),
)
IN_BOX = ("box", "button", "image", "text", "separator", "filler")
IN_BASELINE = ("icon", "text", "filler")
