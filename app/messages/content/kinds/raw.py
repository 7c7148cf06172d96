"""Messages that a member writes as LINE's own JSON; strings in them may hold personal values."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.core.i18n import _, _l
from app.messages.content.building import Builder
from app.messages.content.counting import utf16_units
from app.messages.content.filling import Fillable, Placed, in_address, unchanged
from app.messages.content.kinds.buttons import alternative
from app.messages.content.personal_text import PersonalValue

BUBBLE_BYTES, CAROUSEL_BYTES, MOST_BUBBLES = 30 * 1024, 50 * 1024, 12
# Deeper than any message of LINE; JSON from a form could otherwise be as deep as it likes.
DEEPEST = 40
ADDRESSES = frozenset({"uri", "url", "originalContentUrl", "previewImageUrl", "linkUri", "iconUrl", "baseUrl"})
# Longer than any property of a LINE message; LINE's own check says where less is allowed.
LONGEST_STRING = 5_000


@dataclass(frozen=True)
class FlexMessage:
    """A Flex bubble or carousel."""

    alt_text: str = ""
    contents: dict[str, Any] = field(default_factory=dict)
    kind: Literal["flex"] = "flex"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `flex`."""
        alt_text = alternative(self.alt_text, builder)
        check_flex(self.contents, builder, "contents")
        with builder.inside("contents"):
            contents = fillable_json(self.contents, builder)
        return {"type": "flex", "altText": alt_text, "contents": contents}


@dataclass(frozen=True)
class JsonMessage:
    """Any message object of LINE."""

    message: dict[str, Any] = field(default_factory=dict)
    kind: Literal["json"] = "json"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return the object itself. Quick replies belong to the whole set."""
        if not isinstance(self.message.get("type"), str):
            builder.complain(_l('A message needs its “type”, as in {"type": "text", …}.'), "message")
        if self.message.get("type") == "flex":
            check_flex(self.message.get("contents"), builder, "message")
        if "quickReply" in self.message:
            builder.complain(_l("Add quick replies below the messages, not in the JSON of one."), "message")
        with builder.inside("message"):
            built: dict[str, Any] = fillable_json(self.message, builder)
        return built


def check_flex(contents: Any, builder: Builder, name: str) -> None:
    """Complain of what is no bubble and no carousel, and of those that are larger than LINE takes."""
    kind = contents.get("type") if isinstance(contents, Mapping) else None
    if kind not in ("bubble", "carousel"):
        builder.complain(_l("Flex contents are a “bubble” or a “carousel”."), name)
        return
    bubbles = contents.get("contents") if kind == "carousel" else [contents]
    if not isinstance(bubbles, list) or not 1 <= len(bubbles) <= MOST_BUBBLES:
        builder.complain(_("A carousel has 1 to %(most)s bubbles.", most=MOST_BUBBLES), name)
        return
    if any(size_in_bytes(one) > BUBBLE_BYTES for one in bubbles):
        builder.complain(_l("A bubble is larger than 30 KB, which is the most that LINE takes."), name)
    if kind == "carousel" and size_in_bytes(contents) > CAROUSEL_BYTES:
        builder.complain(_l("The carousel is larger than 50 KB, which is the most that LINE takes."), name)


def size_in_bytes(value: Any) -> int:
    """Return the size of the JSON as it travels."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))


def fillable_json(value: Any, builder: Builder, name: str = "", depth: int = 0) -> Any:
    """Return JSON with a text to fill in for each string that holds personal values."""
    if depth > DEEPEST:
        builder.complain(_l("This is nested deeper than any message of LINE."))
        return None
    if isinstance(value, Mapping):
        return {key: _named(one, builder, key, depth) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_named(one, builder, number, depth) for number, one in enumerate(value)]
    if not isinstance(value, str):
        return value
    return _string(value, builder, name) if "{{" in value else Placed(value, builder.path_of(name))


def _named(value: Any, builder: Builder, key: str | int, depth: int) -> Any:
    if isinstance(value, str):
        return fillable_json(value, builder, str(key), depth + 1)
    with builder.inside(key):
        return fillable_json(value, builder, str(key), depth + 1)


def _string(source: str, builder: Builder, name: str) -> Any:
    parts = tuple(one for one in builder.pieces(name, source) if isinstance(one, str | PersonalValue))
    is_address = name in ADDRESSES
    escape = in_address if is_address else unchanged
    limit = 1_000 if name in ("uri", "linkUri") else 2_000 if is_address else LONGEST_STRING
    text = Fillable(parts, limit, utf16_units, escape, may_cut=not is_address)
    return builder.checked(name, text, is_required=False)
