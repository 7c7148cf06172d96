"""A message set: one to five messages with the quick replies below the last, as it is stored.

{"version": 1, "messages": [{"kind": "text", "text": "Hello"}], "quick_replies": [{"action": {…}}]}
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError

from app.core.i18n import _, _l
from app.messages.content.actions import QuickAction, labelled
from app.messages.content.building import Builder, ContentProblem, MediaLinks, PersonalName
from app.messages.content.compiled import CompiledSet, compiled
from app.messages.content.kinds.buttons import ButtonsMessage, ConfirmMessage
from app.messages.content.kinds.cards import CardsMessage
from app.messages.content.kinds.download import DownloadMessage
from app.messages.content.kinds.plain import (
    AudioMessage,
    ImageMessage,
    LocationMessage,
    StickerMessage,
    TextMessage,
    VideoMessage,
)
from app.messages.content.kinds.raw import FlexMessage, JsonMessage
from app.messages.content.kinds.rich import RichMessage, RichVideo
from app.messages.content.origins import Origins, origins_of
from app.messages.content.utm import Utm, check_utm

VERSION = 1
MOST_MESSAGES = 5
MOST_QUICK_REPLIES = 13
LONGEST_LABEL = 20

Message = Annotated[
    TextMessage
    | ImageMessage
    | VideoMessage
    | AudioMessage
    | StickerMessage
    | LocationMessage
    | DownloadMessage
    | RichMessage
    | RichVideo
    | CardsMessage
    | ButtonsMessage
    | ConfirmMessage
    | FlexMessage
    | JsonMessage,
    Field(discriminator="kind"),
]


@dataclass(frozen=True)
class QuickReply:
    """A button below the last message, which goes away when it is tapped or a newer message comes."""

    action: QuickAction
    icon_file_id: int | None = None


@dataclass(frozen=True)
class MessageSet:
    """What one send shows, in order."""

    messages: tuple[Message, ...] = ()
    quick_replies: tuple[QuickReply, ...] = ()
    version: int = VERSION
    # Added to every tracked link; None adds nothing.
    utm: Utm | None = None


@dataclass(frozen=True)
class Built:
    """A message set made ready, and everything that is wrong with it; with problems it must not be sent."""

    ready: CompiledSet
    problems: tuple[ContentProblem, ...]
    # Which field each text of the built messages comes from.
    origins: Origins


class UnreadableSet(ValueError):
    """Stored or posted JSON is no message set; `path` names the first wrong field."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


_ADAPTER: TypeAdapter[MessageSet] = TypeAdapter(MessageSet)


def read(stored: Mapping[str, Any]) -> MessageSet:
    """Return the set; unknown names are ignored. Raises UnreadableSet where a value has the wrong type."""
    try:
        return _ADAPTER.validate_json(json.dumps(stored), strict=True)
    except (ValidationError, ValueError) as error:
        places = error.errors()[0]["loc"] if isinstance(error, ValidationError) else ()
        raise UnreadableSet(_path(stored, places)) from error


def _path(stored: Any, places: Sequence[str | int]) -> str:
    """Return the path of a field; the library also names the kind of an object, before the field in it."""
    steps, value, is_kind_named = list[str](), stored, False
    for place in places:
        if isinstance(value, Mapping) and value.get("kind") == place and not is_kind_named:
            is_kind_named = True
            continue
        steps.append(str(place))
        is_known = isinstance(value, Mapping) and place in value
        is_item = isinstance(value, list) and isinstance(place, int) and place < len(value)
        value, is_kind_named = (value[place] if is_known or is_item else None), False
    return ".".join(steps)


def write(content: MessageSet) -> dict[str, Any]:
    """Return a set as it is stored."""
    stored: dict[str, Any] = _ADAPTER.dump_python(content, mode="json")
    return stored


def build(
    content: MessageSet,
    media: Mapping[int, MediaLinks],
    personal: Mapping[str, PersonalName],
    *,
    is_for_group: bool = False,
) -> Built:
    """Make a set ready to be filled for each recipient.

    `media` has the files that it names, `personal` the values that its texts may name.
    """
    builder = Builder(media, personal, is_for_group=is_for_group)
    if not 1 <= len(content.messages) <= MOST_MESSAGES:
        builder.complain(_l("Add one to five messages."), "messages", is_missing=not content.messages)
    messages = []
    for number, message in enumerate(content.messages):
        with builder.inside("messages", number):
            messages.append(message.build(builder))
    if content.utm:
        with builder.inside("utm"):
            check_utm(content.utm, builder)
    if content.quick_replies and messages:
        messages[-1] = messages[-1] | {"quickReply": {"items": _quick_replies(content.quick_replies, builder)}}
    return Built(compiled(messages), tuple(builder.problems), origins_of(messages))


def files_of(content: MessageSet) -> set[int]:
    """Return the ids of all stored files that a set names."""
    return set(_files_in(write(content)))


def _files_in(value: Any) -> Sequence[int]:
    if isinstance(value, Mapping):
        own = [one for name, one in value.items() if name.endswith("file_id") and isinstance(one, int)]
        return [*own, *(found for one in value.values() for found in _files_in(one))]
    return [found for one in value for found in _files_in(one)] if isinstance(value, list) else []


def _quick_replies(replies: Sequence[QuickReply], builder: Builder) -> list[dict[str, Any]]:
    if len(replies) > MOST_QUICK_REPLIES:
        builder.complain(_("At most %(most)s quick replies.", most=MOST_QUICK_REPLIES), "quick_replies")
    items = []
    for number, reply in enumerate(replies):
        with builder.inside("quick_replies", number):
            item: dict[str, Any] = {"type": "action"}
            if reply.icon_file_id is not None and (icon := builder.file("icon_file_id", reply.icon_file_id, "image")):
                item["imageUrl"] = icon.in_width(240)
            with builder.inside("action"):
                item["action"] = labelled(reply.action, builder, LONGEST_LABEL)
        items.append(item)
    return items
