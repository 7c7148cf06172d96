"""What a tap does: open a link, write a text, send data to us, choose a date, copy a text."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Literal

from pydantic import Field

from app.core.i18n import Text, _l
from app.messages.content.building import Builder
from app.messages.content.counting import graphemes

LONGEST_DATA = LONGEST_TEXT = 300
LONGEST_CLIPBOARD = 1_000


@dataclass(frozen=True)
class LinkAction:
    """Open an address."""

    url: str = ""
    label: str = ""
    kind: Literal["link"] = "link"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `uri` action, without its label."""
        return {"type": "uri", "uri": builder.address("url", self.url)}


@dataclass(frozen=True)
class MessageAction:
    """Write a text into the chat in the friend's name."""

    text: str = ""
    label: str = ""
    kind: Literal["message"] = "message"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `message` action, without its label."""
        return {"type": "message", "text": builder.text("text", self.text, LONGEST_TEXT, graphemes)}


@dataclass(frozen=True)
class PostbackAction:
    """Send data to us, which the chat does not show; `display_text` is what the friend seems to have written."""

    data: str = ""
    display_text: str = ""
    label: str = ""
    kind: Literal["postback"] = "postback"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `postback` action, without its label."""
        action: dict[str, Any] = {"type": "postback", "data": builder.text("data", self.data, LONGEST_DATA)}
        if self.display_text:
            action["displayText"] = builder.text("display_text", self.display_text, LONGEST_TEXT, graphemes)
        return action


@dataclass(frozen=True)
class DateAction:
    """Let the friend choose a date, a time or both, which comes to us with the data."""

    data: str = ""
    mode: Literal["date", "time", "datetime"] = "date"
    initial: str = ""
    earliest: str = ""
    latest: str = ""
    label: str = ""
    kind: Literal["date"] = "date"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `datetimepicker` action, without its label."""
        action = {"type": "datetimepicker", "data": builder.text("data", self.data, LONGEST_DATA), "mode": self.mode}
        moments = {"earliest": self.earliest, "initial": self.initial, "latest": self.latest}
        given = {name: typed for name, typed in moments.items() if typed}
        for name, typed in given.items():
            if not is_moment(self.mode, typed):
                builder.complain(WRONG_MOMENTS[self.mode], name)
        if not _ascend(list(given.values())):
            builder.complain(_l("The earliest, the first shown and the latest must follow one another."), "initial")
        return action | {_LINE_NAMES[name]: builder.placed(name, typed) for name, typed in given.items()}


@dataclass(frozen=True)
class ClipboardAction:
    """Copy a text, such as a voucher's code."""

    text: str = ""
    label: str = ""
    kind: Literal["clipboard"] = "clipboard"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `clipboard` action, without its label."""
        return {"type": "clipboard", "clipboardText": builder.text("text", self.text, LONGEST_CLIPBOARD)}


@dataclass(frozen=True)
class PhoneAction:
    """Open the camera, the photos or the map of the friend's phone; for quick replies only."""

    opens: Literal["camera", "cameraRoll", "location"] = "camera"
    label: str = ""
    kind: Literal["phone"] = "phone"

    def build(self, _builder: Builder) -> dict[str, Any]:
        """Return LINE's action of that name, without its label."""
        return {"type": self.opens}


ButtonAction = Annotated[
    LinkAction | MessageAction | PostbackAction | DateAction | ClipboardAction, Field(discriminator="kind")
]
QuickAction = Annotated[
    LinkAction | MessageAction | PostbackAction | DateAction | ClipboardAction | PhoneAction,
    Field(discriminator="kind"),
]
AnyAction = LinkAction | MessageAction | PostbackAction | DateAction | ClipboardAction | PhoneAction

_LINE_NAMES = {"earliest": "min", "initial": "initial", "latest": "max"}
WRONG_MOMENTS: dict[str, Text] = {
    "date": _l("Write the date as in 2026-04-01."),
    "time": _l("Write the time as in 09:30."),
    "datetime": _l("Write date and time as in 2026-04-01T09:30."),
}


def labelled(action: AnyAction, builder: Builder, limit: int, *, is_required: bool = True) -> dict[str, Any]:
    """Return the action with its label; LINE's limit of a label differs by its place and counts grapheme clusters."""
    built = action.build(builder)
    if action.label or is_required:
        built["label"] = builder.text("label", action.label, limit, graphemes)
    return built


def is_moment(mode: str, typed: str) -> bool:
    """Return whether a date, a time or both are written as LINE writes them."""
    try:
        if mode == "date":
            return date.fromisoformat(typed).isoformat() == typed
        if mode == "time":
            return time.fromisoformat(typed).strftime("%H:%M") == typed
        return datetime.fromisoformat(typed).strftime("%Y-%m-%dT%H:%M") == typed.replace("t", "T")
    except ValueError:
        return False


def _ascend(moments: list[str]) -> bool:
    return moments == sorted(moments)
