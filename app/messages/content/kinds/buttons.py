"""LINE's two templates with buttons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from app.core.i18n import _, _l
from app.messages.content.actions import ButtonAction, labelled
from app.messages.content.building import Builder
from app.messages.content.counting import graphemes

LONGEST_LABEL = 20
LONGEST_ALTERNATIVE = 1_500
MOST_BUTTONS = 4
# The text has less room below a picture or a title.
LONGEST_TEXT, LONGEST_TEXT_BELOW = 160, 60
LONGEST_TITLE, LONGEST_QUESTION = 40, 240


@dataclass(frozen=True)
class ButtonsMessage:
    """A text with up to four buttons, perhaps a picture and a title."""

    alt_text: str = ""
    title: str = ""
    text: str = ""
    file_id: int | None = None
    actions: tuple[ButtonAction, ...] = ()
    kind: Literal["buttons"] = "buttons"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `buttons` template."""
        template: dict[str, Any] = {"type": "buttons"}
        if self.file_id is not None and (links := builder.file("file_id", self.file_id, "image")):
            template["thumbnailImageUrl"] = links.in_width(1040)
        if self.title:
            template["title"] = builder.text("title", self.title, LONGEST_TITLE, graphemes)
        has_head = self.title or self.file_id is not None
        longest = LONGEST_TEXT_BELOW if has_head else LONGEST_TEXT
        template["text"] = builder.text("text", self.text, longest, graphemes)
        if not 1 <= len(self.actions) <= MOST_BUTTONS:
            builder.complain(_("Add 1 to %(most)s buttons.", most=MOST_BUTTONS), "actions")
        template["actions"] = actions_of(self.actions, builder)
        return {"type": "template", "altText": alternative(self.alt_text, builder), "template": template}


@dataclass(frozen=True)
class ConfirmMessage:
    """A question with two buttons."""

    alt_text: str = ""
    text: str = ""
    actions: tuple[ButtonAction, ...] = ()
    kind: Literal["confirm"] = "confirm"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `confirm` template."""
        template: dict[str, Any] = {"type": "confirm"}
        template["text"] = builder.text("text", self.text, LONGEST_QUESTION, graphemes)
        if len(self.actions) != 2:
            builder.complain(_l("A question has exactly two buttons."), "actions")
        template["actions"] = actions_of(self.actions, builder)
        return {"type": "template", "altText": alternative(self.alt_text, builder), "template": template}


def alternative(source: str, builder: Builder) -> Any:
    """Return the text of notifications, of the list of chats, and of devices that cannot show the message."""
    return builder.text("alt_text", source, LONGEST_ALTERNATIVE)


def actions_of(actions: tuple[ButtonAction, ...], builder: Builder, longest: int = LONGEST_LABEL) -> list[Any]:
    """Return the actions of buttons, each with its label."""
    built = []
    for number, action in enumerate(actions):
        with builder.inside("actions", number):
            built.append(labelled(action, builder, longest))
    return built
