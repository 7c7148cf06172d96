"""Message objects that members write as JSON: which there are, and what each needs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.i18n import _
from app.messages.content.building import Builder
from app.messages.content.counting import utf16_units
from app.messages.content.flex.actions import (
    LABEL_IN_IMAGES,
    LABEL_IN_TEMPLATES,
    check_action,
    check_length,
    check_link,
)
from app.messages.content.flex.check import check_container

LONGEST_ALTERNATIVE, LONGEST_TEXT = 1_500, 5_000
NEEDS: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "textV2": ("text",),
    "sticker": ("packageId", "stickerId"),
    "image": ("originalContentUrl", "previewImageUrl"),
    "video": ("originalContentUrl", "previewImageUrl"),
    "audio": ("originalContentUrl", "duration"),
    "location": ("title", "address", "latitude", "longitude"),
    "imagemap": ("baseUrl", "altText", "baseSize", "actions"),
    "template": ("altText", "template"),
    "flex": ("altText", "contents"),
    "coupon": ("couponId",),
}


def check_message(message: Mapping[str, Any], builder: Builder) -> None:
    """Complain of a message object; the builder stands inside of it."""
    kind = message.get("type")
    if not isinstance(kind, str) or kind not in NEEDS:
        builder.complain(_("This is no kind of message. LINE takes: %(kinds)s.", kinds=", ".join(NEEDS)), "type")
        return
    for name in NEEDS[kind]:
        if message.get(name) is None or message[name] == "":
            builder.complain(_("“%(name)s” is missing.", name=name), name)
    check_length(message.get("altText"), "altText", LONGEST_ALTERNATIVE, utf16_units, builder)
    if kind in ("text", "textV2"):
        check_length(message.get("text"), "text", LONGEST_TEXT, utf16_units, builder)
    if kind == "flex" and message.get("contents") is not None:
        with builder.inside("contents"):
            check_container(message["contents"], builder)
    if kind == "template" and isinstance(message.get("template"), Mapping):
        with builder.inside("template"):
            _check_actions(message["template"], longest_label(message), builder)
    if kind == "imagemap":
        _check_areas(message.get("actions"), builder)


def longest_label(message: Mapping[str, Any]) -> int:
    """Return LINE's limit of labels in a template message."""
    template = message.get("template")
    is_images = isinstance(template, Mapping) and template.get("type") == "image_carousel"
    return LABEL_IN_IMAGES if is_images else LABEL_IN_TEMPLATES


def _check_actions(thing: Mapping[str, Any], longest: int, builder: Builder) -> None:
    """Check the actions of a template and of its columns."""
    for name in ("actions", "columns"):
        for number, one in enumerate(thing[name] if isinstance(thing.get(name), list) else ()):
            with builder.inside(name, number):
                if name == "actions":
                    check_action(one, builder, longest, needs_label=True)
                elif isinstance(one, Mapping):
                    _check_actions(one, longest, builder)
    if thing.get("action") is not None:
        with builder.inside("action"):
            check_action(thing["action"], builder, longest, needs_label=False)


def _check_areas(areas: Any, builder: Builder) -> None:
    """Check where taps on the areas of a picture lead."""
    for number, one in enumerate(areas if isinstance(areas, list) else ()):
        if isinstance(one, Mapping):
            with builder.inside("actions", number):
                check_link(one.get("linkUri"), "linkUri", builder)
