"""The part of a message that a friend's timeline keeps: its content, and what is needed to quote or mark it as read."""

from __future__ import annotations

from typing import Any

from app.core import lenient_json

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
