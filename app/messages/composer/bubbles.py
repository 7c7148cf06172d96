"""Messages as LINE gets them, in the few words and pictures that a bubble of the composer shows.

What members write as JSON may hold anything, so nothing is taken for granted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core import lenient_json
from app.core.i18n import Text, _l

_NAMES: dict[str, Text] = {
    "image": _l("Image"),
    "video": _l("Video"),
    "audio": _l("Audio"),
    "sticker": _l("Sticker"),
    "imagemap": _l("Rich Message"),
    "flex": _l("Flex"),
}


@dataclass(frozen=True)
class MessageBubble:
    """What one message shows; `name` stands where it has no text and no picture."""

    name: Text
    title: str | None = None
    text: str | None = None
    picture: str | None = None
    buttons: Sequence[str] = ()


def bubbles_of(messages: Sequence[Any]) -> list[MessageBubble]:
    """Return a bubble for each message."""
    return [_bubble(one) for one in messages]


def quick_replies_of(messages: Sequence[Any]) -> list[str]:
    """Return the labels below the last message."""
    last = messages[-1] if messages else None
    items = lenient_json.items(_inside(last, "quickReply"), "items")
    return _labels([_inside(one, "action") for one in items])


def _bubble(message: Any) -> MessageBubble:
    name = _NAMES.get(lenient_json.text(message, "type") or "", _l("Message"))
    template = _inside(message, "template")
    picture = lenient_json.text(template, "thumbnailImageUrl") or lenient_json.text(message, "previewImageUrl")
    base = lenient_json.text(message, "baseUrl")
    words = (
        lenient_json.text(template, "text"),
        lenient_json.text(message, "text"),
        lenient_json.text(message, "altText"),
    )
    return MessageBubble(
        name,
        lenient_json.text(template, "title") or lenient_json.text(message, "title"),
        next((one for one in words if one), lenient_json.text(message, "address")),
        picture or (f"{base}/700" if base else None),
        _labels(lenient_json.items(template, "actions")),
    )


def _inside(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


def _labels(actions: Sequence[Any]) -> list[str]:
    return [lenient_json.text(one, "label") or "…" for one in actions]
