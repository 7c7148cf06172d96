"""Flex messages as pieces: boxes, texts, pictures and buttons with LINE's sizes.

https://developers.line.biz/en/docs/messaging-api/flex-message-layout/
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from app.core import lenient_json
from app.messages.preview.parts import Part, button, color, inside, length, only, picture_at, tap_of

DEEPEST = 20
BUBBLES = ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")
_SPACES = {"none": "0", "xs": "2px", "sm": "4px", "md": "8px", "lg": "12px", "xl": "16px", "xxl": "20px"}
_TEXTS = {
    "xxs": "11px", "xs": "13px", "sm": "14px", "md": "16px", "lg": "19px",
    "xl": "22px", "xxl": "29px", "3xl": "35px", "4xl": "48px", "5xl": "74px",
}  # fmt: skip
_IMAGES = {
    "xxs": "40px", "xs": "60px", "sm": "80px", "md": "100px", "lg": "120px", "xl": "140px",
    "xxl": "160px", "3xl": "180px", "4xl": "200px", "5xl": "220px", "full": "100%",
}  # fmt: skip
_CORNERS = {"none": "0", "xs": "2px", "sm": "4px", "md": "8px", "lg": "12px", "xl": "16px", "xxl": "20px"}
_BORDERS = {
    "none": "0", "light": "0.5px", "normal": "1px", "medium": "2px", "semi-bold": "3px", "bold": "4px",
}  # fmt: skip
_ENDS = {"start": "left", "end": "right", "center": "center"}
_ALONG = {
    "flex-start": "flex-start", "center": "center", "flex-end": "flex-end", "space-between": "space-between",
    "space-around": "space-around", "space-evenly": "space-evenly",
}  # fmt: skip
_UPRIGHT = {"top": "flex-start", "center": "center", "bottom": "flex-end"}


def flex(contents: Any) -> Part:
    """Return a bubble or a carousel of bubbles."""
    if lenient_json.text(contents, "type") == "carousel":
        return Part("carousel", parts=[_bubble(one) for one in lenient_json.items(contents, "contents")])
    return _bubble(contents)


def _bubble(bubble: Any) -> Part:
    size = lenient_json.text(bubble, "size")
    styles = inside(bubble, "styles")
    blocks = [
        _block(name, inside(bubble, name), inside(styles, name))
        for name in ("header", "hero", "body", "footer")
        if inside(bubble, name)
    ]
    turned = {"direction": "rtl"} if lenient_json.text(bubble, "direction") == "rtl" else {}
    look = f"bubble phone-{size if size in BUBBLES else 'mega'}"
    return Part(look, css=turned, parts=blocks, tap=tap_of(inside(bubble, "action")))


def _block(name: str, content: dict[str, Any], style: dict[str, Any]) -> Part:
    line = style.get("separator") is True
    css = only(background_color=color(style, "backgroundColor"))
    if line:
        css["border-top"] = f"1px solid {color(style, 'separatorColor') or '#d4d6da'}"
    return Part(name, css=css, parts=[component(content, "vertical")])


def component(one: Any, layout: str, spacing: str | None = None, depth: int = 0) -> Part:
    """Return a component that stands in a box of the layout; `spacing` is its distance from the one before."""
    draw = _DRAWN.get(lenient_json.text(one, "type") or "")
    if draw is None or depth > DEEPEST:
        return Part("filler")
    part = draw(one, depth)
    css = {**_place(one, layout, spacing), **part.css}
    return replace(part, css=css)


def _place(one: Any, layout: str, spacing: str | None) -> dict[str, str]:
    """Return what decides where a component stands within its box."""
    before = length(lenient_json.text(one, "margin"), _SPACES) or spacing
    offsets = {
        side: length(lenient_json.text(one, f"offset{side.title()}"), _SPACES)
        for side in ("top", "bottom", "left", "right")
    }
    for side, name in (("left", "offsetStart"), ("right", "offsetEnd")):
        offsets[side] = offsets[side] or length(lenient_json.text(one, name), _SPACES)
    is_absolute = lenient_json.text(one, "position") == "absolute"
    moved = is_absolute or any(offsets.values())
    return only(
        flex=_share(one, layout),
        margin_top=before if layout == "vertical" else None,
        margin_inline_start=before if layout != "vertical" else None,
        position=("absolute" if is_absolute else "relative") if moved else None,
        align_self=_UPRIGHT.get(lenient_json.text(one, "gravity") or "") if layout == "horizontal" else None,
        **offsets,
    )


def _share(one: Any, layout: str) -> str:
    """Return how much of its box's free length a component takes; LINE's defaults differ by layout and kind."""
    kind = lenient_json.text(one, "type")
    number = lenient_json.number(one, "flex")
    if kind in ("icon", "separator"):
        return "0 0 auto"
    if number is None:
        number = 1 if layout != "vertical" or kind == "filler" else 0
    return "0 0 auto" if number <= 0 else f"{min(number, 99)} 1 {'auto' if layout == 'vertical' else '0'}"


def _box(box: Any, depth: int) -> Part:
    layout = lenient_json.text(box, "layout") or "vertical"
    spacing = length(lenient_json.text(box, "spacing"), _SPACES)
    inner = [
        component(one, layout, spacing if index else None, depth + 1)
        for index, one in enumerate(lenient_json.items(box, "contents"))
    ]
    look = layout if layout in ("horizontal", "baseline") else "vertical"
    css = {**_paddings(box), **_ground(box)}
    return Part(f"box phone-{look}", css=css, parts=inner, tap=tap_of(box.get("action")))


def _paddings(box: Any) -> dict[str, str]:
    sides = {"Top": "top", "Bottom": "bottom", "Start": "left", "End": "right"}
    given = {f"padding_{css}": length(lenient_json.text(box, f"padding{name}"), _SPACES) for name, css in sides.items()}
    return only(padding=length(lenient_json.text(box, "paddingAll"), _SPACES), **given)


def _ground(box: Any) -> dict[str, str]:
    gradient = inside(box, "background")
    start, end = color(gradient, "startColor"), color(gradient, "endColor")
    width = length(lenient_json.text(box, "borderWidth"), _BORDERS)
    return only(
        background_color=color(box, "backgroundColor"),
        background_image=f"linear-gradient({start}, {end})" if start and end else None,
        border=f"{width} solid {color(box, 'borderColor') or '#d4d6da'}" if width else None,
        border_radius=length(lenient_json.text(box, "cornerRadius"), _CORNERS),
        width=length(lenient_json.text(box, "width"), {}),
        height=length(lenient_json.text(box, "height"), {}),
        justify_content=_ALONG.get(lenient_json.text(box, "justifyContent") or ""),
        align_items=_ALONG.get(lenient_json.text(box, "alignItems") or ""),
    )


def _text(one: Any, _depth: int) -> Part:
    spans = [_span(span) for span in lenient_json.items(one, "contents")]
    lines = lenient_json.number(one, "maxLines")
    wraps = lenient_json.flag(one, "wrap")
    css = _letters(one) | only(
        text_align=_ENDS.get(lenient_json.text(one, "align") or ""),
        **{"-webkit-line-clamp": str(lines) if wraps and lines and lines > 0 else None},
    )
    look = "text" if not wraps else "text phone-wrap phone-clamp" if lines else "text phone-wrap"
    words = None if spans else lenient_json.text(one, "text")
    return Part(look, words, css=css, parts=spans, tap=tap_of(one.get("action")))


def _span(span: Any) -> Part:
    return Part("span", lenient_json.text(span, "text"), css=_letters(span))


def _letters(one: Any) -> dict[str, str]:
    lines = {"underline": "underline", "line-through": "line-through"}
    return only(
        color=color(one, "color"),
        font_size=length(lenient_json.text(one, "size"), _TEXTS),
        font_weight="700" if lenient_json.text(one, "weight") == "bold" else None,
        font_style="italic" if lenient_json.text(one, "style") == "italic" else None,
        text_decoration=lines.get(lenient_json.text(one, "decoration") or ""),
    )


def _image(one: Any, _depth: int) -> Part:
    css = only(
        width=length(lenient_json.text(one, "size"), _IMAGES) or _IMAGES["md"],
        aspect_ratio=_ratio(one),
        background_color=color(one, "backgroundColor"),
    )
    fit = "cover" if lenient_json.text(one, "aspectMode") == "cover" else "fit"
    sides = {"start": "start", "end": "end"}.get(lenient_json.text(one, "align") or "", "center")
    look = f"image phone-{sides} phone-{fit}"
    return Part(look, picture=picture_at(one, "url") or "", css=css, tap=tap_of(one.get("action")))


def _video(one: Any, _depth: int) -> Part:
    css = {"width": "100%"} | only(aspect_ratio=_ratio(one))
    return Part("image phone-cover phone-film", picture=picture_at(one, "previewUrl") or "", css=css)


def _ratio(one: Any) -> str:
    width, _colon, height = (lenient_json.text(one, "aspectRatio") or "1:1").partition(":")
    is_ratio = all(
        side.replace(".", "", 1).isascii() and side.replace(".", "", 1).isdigit() for side in (width, height)
    )
    return f"{width} / {height}" if is_ratio else "1 / 1"


def _icon(one: Any, _depth: int) -> Part:
    size = length(lenient_json.text(one, "size"), _TEXTS) or _TEXTS["md"]
    return Part("icon", picture=picture_at(one, "url") or "", css={"width": size, "aspect-ratio": _ratio(one)})


def _button(one: Any, _depth: int) -> Part:
    style = lenient_json.text(one, "style")
    small = " phone-small" if lenient_json.text(one, "height") == "sm" else ""
    own = color(one, "color")
    css = only(color=own) if style not in ("primary", "secondary") else only(background_color=own)
    look = style if style in ("primary", "secondary") else "link"
    return button(f"button phone-{look}{small}", one.get("action"), css)


def _separator(one: Any, _depth: int) -> Part:
    return Part("separator", css=only(background_color=color(one, "color")))


def _filler(_one: Any, _depth: int) -> Part:
    return Part("filler")


_DRAWN = {
    "box": _box,
    "text": _text,
    "image": _image,
    "video": _video,
    "icon": _icon,
    "button": _button,
    "separator": _separator,
    "filler": _filler,
}
