"""Flex components as LINE's JSON, written short."""

from __future__ import annotations

from typing import Any

from app.core.i18n import Text

Json = dict[str, Any]
GREEN, INK, GREY, PALE, RED = "#0B7A55", "#222222", "#767676", "#F3F5F7", "#C0392B"
SHOP = "https://www.example.com/"


def bubble(body: list[Json], *, header: Json | None = None, buttons: list[Json] | None = None, **more: Any) -> Json:
    """Return a bubble with the parts that are given."""
    found: Json = {"type": "bubble", **more}
    if header:
        found["header"] = header
    found["body"] = column(*body, spacing="md")
    if buttons:
        found["footer"] = column(*buttons, spacing="sm")
    return found


def column(*contents: Json, **style: Any) -> Json:
    """Return a box whose contents stand below one another."""
    return {"type": "box", "layout": "vertical", **style, "contents": list(contents)}


def row(*contents: Json, **style: Any) -> Json:
    """Return a box whose contents stand side by side."""
    return {"type": "box", "layout": "horizontal", **style, "contents": list(contents)}


def words(text: Text, **style: Any) -> Json:
    """Return a text."""
    return {"type": "text", "text": str(text), "wrap": True, **style}


def pair(name: Text, value: Text, **style: Any) -> Json:
    """Return a name at the left and its value at the right."""
    left = words(name, size="sm", color=GREY, flex=2)
    return row(left, words(value, size="sm", align="end", flex=3, **style))


def title(text: Text, **style: Any) -> Json:
    """Return a heading."""
    return words(text, **{"weight": "bold", "size": "xl", **style})


def line() -> Json:
    """Return a line between parts."""
    return {"type": "separator", "margin": "md"}


def banner(sign: str, color: str, text: Text = "") -> Json:
    """Return a coloured box with a large sign, where a picture could stand."""
    lines = [words(sign, size="5xl", align="center")]
    if text:
        lines.append(words(text, color="#FFFFFF", align="center", weight="bold", size="lg"))
    return column(*lines, backgroundColor=color, paddingAll="20px", spacing="sm")


def link(label: Text, style: str = "primary") -> Json:
    """Return a button that opens an address."""
    return _button({"type": "uri", "label": str(label), "uri": SHOP}, style)


def answer(label: Text, data: str, style: str = "secondary") -> Json:
    """Return a button whose tap comes to us, and stands in the chat as the friend's words."""
    return _button({"type": "postback", "label": str(label), "data": data, "displayText": str(label)}, style)


def copied(label: Text, text: str) -> Json:
    """Return a button that copies a text."""
    return _button({"type": "clipboard", "label": str(label), "clipboardText": text}, "primary")


def _button(action: Json, style: str) -> Json:
    color = {"color": GREEN} if style == "primary" else {}
    return {"type": "button", "style": style, "height": "sm", **color, "action": action}
