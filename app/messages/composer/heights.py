"""How high the picture of a Rich Message is at LINE's width of 1,040 pixels."""

from __future__ import annotations

from typing import Any

from app.core.errors import NotFound
from app.messages.composer.editing import at
from app.messages.content.kinds.rich import WIDTH, height_at_width
from app.messages.content.media_links import media_links


def height_of(account_id: int, content: dict[str, Any], command: str) -> int:
    """Return the height of the picture that a command for a template speaks of; a square without a picture."""
    verb, _colon, rest = command.partition(":")
    if verb != "template":
        return WIDTH
    try:
        file_id = at(content, rest.partition(":")[0]).get("file_id")
    except (NotFound, AttributeError):
        return WIDTH
    links = media_links(account_id, [file_id] if file_id else []).get(file_id or 0)
    return height_at_width(links) if links else WIDTH
