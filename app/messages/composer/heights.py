"""How high the picture of a Rich Message is at LINE's width of 1,040 pixels, and areas that fit it."""

from __future__ import annotations

from typing import Any

from app.core.errors import NotFound
from app.messages.composer.editing import after, at
from app.messages.content.kinds.rich import WIDTH, height_at_width
from app.messages.content.media_links import media_links


def height_of(account_id: int, content: dict[str, Any], command: str) -> int:
    """Return the height of the picture that a command for a template speaks of; a square without a picture."""
    verb, _colon, rest = command.partition(":")
    if verb != "template":
        return WIDTH
    try:
        message = at(content, rest.partition(":")[0])
    except NotFound:
        return WIDTH
    return heights_of(account_id, [message])[0] or WIDTH


def heights_of(account_id: int, messages: list[Any]) -> list[int | None]:
    """Return the height of each message's picture; None where there is none."""
    files = [one.get("file_id") if isinstance(one, dict) and one.get("kind") == "rich" else None for one in messages]
    links = media_links(account_id, [one for one in files if one])
    return [height_at_width(links[one]) if one in links else None for one in files]


def fitted(account_id: int, before: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Return the content with templates laid out again in Rich Messages that got another picture."""
    pairs = list(zip(before["messages"], content["messages"], strict=True))
    changed = [
        number
        for number, (old, new) in enumerate(pairs)
        if new["kind"] == "rich" and new["template"] != "free" and new["file_id"] not in (None, old.get("file_id"))
    ]
    for number in changed:
        command = f"template:messages.{number}"
        height = height_of(account_id, content, command)
        content = after(content, command, content["messages"][number]["template"], height)
    return content
