"""Messages that a member writes as LINE's own JSON; strings in them may hold personal values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from app.core.i18n import _l
from app.messages.content.building import Builder
from app.messages.content.counting import Count, graphemes, utf16_units
from app.messages.content.filling import Fillable, Placed, in_address, unchanged
from app.messages.content.flex.actions import ACTIONS, LABEL_IN_FLEX
from app.messages.content.flex.check import DEEPEST, check_container
from app.messages.content.flex.messages import check_message, longest_label
from app.messages.content.json_text import typed_json, wrong_json
from app.messages.content.kinds.buttons import LONGEST_ALTERNATIVE, alternative

ADDRESSES = frozenset({"uri", "url", "originalContentUrl", "previewImageUrl", "linkUri", "iconUrl", "baseUrl"})
# Longer than any property of a LINE message; LINE's own check says where less is allowed.
LONGEST_STRING = 5_000
Limit = tuple[int, Count]


@dataclass(frozen=True)
class FlexMessage:
    """A Flex bubble or carousel. `source` is its JSON as it was typed; what cannot be read leaves `contents` empty."""

    alt_text: str = ""
    contents: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    kind: Literal["flex"] = "flex"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `flex`."""
        alt_text = alternative(self.alt_text, builder)
        if is_unreadable(self.contents, self.source, "contents", builder):
            return {"type": "flex", "altText": alt_text, "contents": {}}
        with builder.inside("contents"):
            check_container(self.contents, builder)
            contents = fillable_json(self.contents, builder, LABEL_IN_FLEX)
        return {"type": "flex", "altText": alt_text, "contents": contents}


@dataclass(frozen=True)
class JsonMessage:
    """Any message object of LINE. `source` is its JSON as it was typed."""

    message: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    kind: Literal["json"] = "json"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return the object itself. Quick replies belong to the whole set."""
        if is_unreadable(self.message, self.source, "message", builder):
            return {}
        with builder.inside("message"):
            if "type" not in self.message:
                builder.complain(_l('A message needs its “type”, as in {"type": "text", …}.'))
            else:
                check_message(self.message, builder)
            if "quickReply" in self.message:
                said = _l("Add quick replies below the messages, not in the JSON of one.")
                builder.complain(said, "quickReply")
            _check_places(self.message, builder)
            is_flex = self.message.get("type") == "flex"
            longest = LABEL_IN_FLEX if is_flex else longest_label(self.message)
            built: dict[str, Any] = fillable_json(self.message, builder, longest)
        return built


def _check_places(message: Mapping[str, Any], builder: Builder) -> None:
    """Complain of emoji whose places would move with what is filled in before them."""
    if message.get("emojis") and isinstance(message.get("text"), str) and "{{" in message["text"]:
        moved = _l("What is filled in would move the places of these emoji. Use a Text message, or “textV2”.")
        builder.complain(moved, "emojis")


def is_unreadable(value: Mapping[str, Any], source: str, name: str, builder: Builder) -> bool:
    """Complain of typed JSON that cannot be read, with its line and column; returns whether it is such."""
    wrong = wrong_json(typed_json(value, source))
    if wrong is not None:
        builder.complain(wrong.sentence, name)
    return wrong is not None


def fillable_json(value: Any, builder: Builder, longest_label: int) -> Any:
    """Return JSON with a text to fill in for each string that holds personal values.

    `longest_label` is LINE's limit of labels at this place.
    """
    return _filled(value, builder, longest_label, {}, "", 0)


def _filled(
    value: Any, builder: Builder, longest_label: int, limits: Mapping[str, Limit], name: str, depth: int
) -> Any:
    if depth > DEEPEST:
        builder.complain(_l("This is nested deeper than any message of LINE."))
        return None
    if isinstance(value, str):
        return _string(value, builder, limits, name) if "{{" in value else Placed(value, builder.path_of(name))
    if not isinstance(value, Mapping | list | tuple):
        return value
    named = dict(value) if isinstance(value, Mapping) else dict(enumerate(value))
    own = _limits(value, longest_label)
    built = {key: _inside(one, builder, longest_label, own, key, depth) for key, one in named.items()}
    return built if isinstance(value, Mapping) else list(built.values())


def _inside(
    value: Any, builder: Builder, longest_label: int, limits: Mapping[str, Limit], key: str | int, depth: int
) -> Any:
    if isinstance(value, str):
        return _filled(value, builder, longest_label, limits, str(key), depth + 1)
    with builder.inside(key):
        return _filled(value, builder, longest_label, limits, str(key), depth + 1)


def _limits(value: Any, longest_label: int) -> dict[str, Limit]:
    """Return LINE's limits of the texts in an object."""
    limits: dict[str, Limit] = {"altText": (LONGEST_ALTERNATIVE, utf16_units)}
    kind = ACTIONS.get(str(value.get("type"))) if isinstance(value, Mapping) else None
    if kind is not None:
        limits |= {**kind.texts, "label": (longest_label, graphemes)}
    return limits


def _string(source: str, builder: Builder, limits: Mapping[str, Limit], name: str) -> Any:
    parts = builder.parts(name, source)
    is_address = name in ADDRESSES
    escape = in_address if is_address else unchanged
    usual = (1_000 if name == "linkUri" else 2_000 if is_address else LONGEST_STRING, utf16_units)
    limit, count = limits.get(name, usual)
    text = Fillable(parts, limit, count, escape, may_cut=not is_address)
    return builder.checked(name, text, is_required=False)
