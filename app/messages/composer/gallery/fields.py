"""Put a Flex message of the gallery into a JSON field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from app.core.errors import NotFound
from app.messages.composer.blanks import BUBBLE, MESSAGES
from app.messages.composer.gallery.examples import EXAMPLES, is_example, message_of, offered

Json = dict[str, Any]
# Values with which fields begin.
BLANK: tuple[Json, ...] = (BUBBLE, MESSAGES["json"]["message"], {})


def use_example(place: Any, name: str, key: str) -> None:
    """Write an example into the field `name` of a message or card; raises NotFound for what is no such field or key."""
    if not isinstance(place, dict) or name not in ("contents", "message") or name not in place:
        raise NotFound
    found = offered(is_card=is_card(place)).get(key)
    if found is None:
        raise NotFound
    contents = found.build()
    value = contents if name == "contents" else message_of(contents, found.name)
    place[name], place["source"] = value, json.dumps(value, ensure_ascii=False, indent=2)
    if place.get("alt_text") in ("", *(str(one.name) for one in EXAMPLES.values())):
        place["alt_text"] = str(found.name)


def is_card(place: Mapping[str, Any]) -> bool:
    """Return whether a JSON field belongs to a card."""
    return "contents" in place and "alt_text" not in place


def is_typed(place: Mapping[str, Any], name: str) -> bool:
    """Return whether a field holds something that its member has written, and would miss."""
    source, value = str(place.get("source", "")), place.get(name)
    if value in BLANK and (not source or value):
        return False
    is_gallery = is_example(source) or any(value == message_of(one.build(), one.name) for one in EXAMPLES.values())
    return not is_gallery
