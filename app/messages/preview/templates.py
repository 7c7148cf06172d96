"""Template messages as pieces: buttons, confirm, carousel and image carousel."""

from __future__ import annotations

from typing import Any

from app.core import lenient_json
from app.messages.preview.parts import Part, button, color, inside, only, picture_at, tap_of


def template(message: Any) -> Part:
    """Return a template message; one of an unknown kind shows its alternative text, as old phones do."""
    content = inside(message, "template")
    kind = content.get("type")
    if kind == "carousel":
        columns = lenient_json.items(content, "columns")
        return Part("carousel", parts=[_card({**_look_of(content), **_as_dict(one)}) for one in columns])
    if kind == "image_carousel":
        return Part("carousel", parts=[_picture(one) for one in lenient_json.items(content, "columns")])
    if kind == "buttons":
        return _card(content)
    if kind == "confirm":
        return _card(content, "card phone-confirm")
    return Part("words", lenient_json.text(message, "altText"))


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _look_of(content: dict[str, Any]) -> dict[str, Any]:
    return {name: content[name] for name in ("imageAspectRatio", "imageSize") if name in content}


def _card(content: Any, look: str = "card") -> Part:
    picture = picture_at(content, "thumbnailImageUrl")
    parts = [] if picture is None else [_thumbnail(content, picture)]
    title, text = lenient_json.text(content, "title"), lenient_json.text(content, "text")
    parts += [Part("title", title)] if title else []
    parts += [Part("copy", text)] if text else []
    buttons = [button("button phone-link", one) for one in lenient_json.items(content, "actions")]
    return Part(look, parts=[*parts, Part("buttons", parts=buttons)], tap=tap_of(content.get("defaultAction")))


def _thumbnail(content: Any, picture: str) -> Part:
    is_square = lenient_json.text(content, "imageAspectRatio") == "square"
    fit = "fit" if lenient_json.text(content, "imageSize") == "contain" else "cover"
    css = {"width": "100%", "aspect-ratio": "1 / 1" if is_square else "1.51 / 1"}
    ground = only(background_color=color(content, "imageBackgroundColor"))
    return Part(f"image phone-{fit}", picture=picture, css=css | ground)


def _picture(column: Any) -> Part:
    image = Part("image phone-cover", picture=picture_at(column, "imageUrl") or "", css={"width": "100%"})
    return Part("card phone-pictured", parts=[image, button("caption", inside(column, "action"))])
