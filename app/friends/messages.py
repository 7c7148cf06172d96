"""The part of a message that a friend's timeline keeps: its content, and what is needed to quote or mark it as read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core import lenient_json
from app.core.i18n import _

# Names of LINE's message object, of all types and by type; a type that LINE invents tomorrow keeps the former alone.
_OF_ALL = ("quoteToken", "markAsReadToken", "quotedMessageId")
_KEPT = {
    "text": ("text", "emojis", "mention"),
    "sticker": ("packageId", "stickerId", "stickerResourceType", "keywords", "text"),
    "location": ("title", "address", "latitude", "longitude"),
    "file": ("fileName", "fileSize"),
    "image": ("contentProvider", "imageSet"),
    "audio": ("contentProvider", "duration"),
    "video": ("contentProvider", "duration"),
}


def kept(message: dict[str, Any], group_id: str | None = None) -> dict[str, Any]:
    """Return the timeline's data for one message: `message_id`, `type`, the content of the type, and its group."""
    kind = lenient_json.text(message, "type") or "unknown"
    data = {name: message[name] for name in (*_KEPT.get(kind, ()), *_OF_ALL) if name in message}
    where = {"group_id": group_id} if group_id else {}
    return {"message_id": str(message.get("id", "")), "type": kind, **data, **where}


def shown_text(data: Mapping[str, Any]) -> str:
    """Return the text of a message that was kept, with "[emoji]" where its words are placeholders of LINE emoji.

    LINE counts the places of emoji in UTF-16 code units; those that name no placeholder are left alone.
    """
    text = data.get("text")
    if not isinstance(text, str) or not data.get("emojis"):
        return text if isinstance(text, str) else ""
    units = text.encode("utf-16-le", "surrogatepass")
    beginning = len(units)
    for start, end in sorted(_places(data, len(units) // 2), reverse=True):
        placeholder = units[2 * start : 2 * end].decode("utf-16-le", "replace")
        if 2 * end <= beginning and placeholder.startswith("(") and placeholder.endswith(")"):
            units = units[: 2 * start] + _("[emoji]").encode("utf-16-le") + units[2 * end :]
            beginning = 2 * start
    return units.decode("utf-16-le", "replace")


def _places(data: Mapping[str, Any], length: int) -> set[tuple[int, int]]:
    """Return begin and end of each emoji; LINE's numbers are not trusted."""
    found = set()
    for emoji in lenient_json.items(data, "emojis"):
        index, size = lenient_json.number(emoji, "index"), lenient_json.number(emoji, "length")
        if index is not None and size is not None and 0 <= index < index + size <= length:
            found.add((index, index + size))
    return found
