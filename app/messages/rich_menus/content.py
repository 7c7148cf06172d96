"""What a rich menu shows and does, as it is stored, and the way from there to LINE's JSON.

{"version": 1, "chat_bar_text": "Menu", "is_open": true, "file_id": 3, "areas": [{"x": 0, …, "action": {"kind": …}}]}
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from app.core.i18n import Text, _, _l
from app.messages.content.actions import (
    ClipboardAction,
    DateAction,
    LinkAction,
    MessageAction,
    PostbackAction,
    labelled,
)
from app.messages.content.area_templates import Place, laid_out
from app.messages.content.building import Builder, ContentProblem
from app.messages.content.counting import graphemes

WIDTH = 2_500
# Heights of the two sizes that LINE's own console offers, for a picture of that width.
LARGE, COMPACT = 1_686, 843
MOST_AREAS = 20
LONGEST_BAR_TEXT = 14
LONGEST_LABEL = 20


@dataclass(frozen=True)
class SwitchAction:
    """Show another menu at once; `alias` names it, whatever is made of it later."""

    alias: str = ""
    label: str = ""
    kind: Literal["switch"] = "switch"

    def build(self, builder: Builder) -> dict[str, Any]:
        """Return LINE's `richmenuswitch` action, without its label."""
        if not self.alias:
            builder.complain(_l("Choose the menu to switch to."), "alias")
        return {"type": "richmenuswitch", "richMenuAliasId": self.alias, "data": f"menu={self.alias}"}


MenuAction = Annotated[
    LinkAction | MessageAction | PostbackAction | DateAction | ClipboardAction | SwitchAction,
    Field(discriminator="kind"),
]


@dataclass(frozen=True)
class MenuArea:
    """A rectangle in pixels of a picture that is 2,500 pixels wide, and what a tap on it does."""

    x: int = 0
    y: int = 0
    width: int = WIDTH
    height: int = LARGE
    action: MenuAction = field(default_factory=LinkAction)


@dataclass(frozen=True)
class MenuContent:
    """All that friends see of a menu."""

    chat_bar_text: str = ""
    is_open: bool = False
    file_id: int | None = None
    areas: tuple[MenuArea, ...] = ()
    version: int = 1


@dataclass(frozen=True)
class BuiltMenu:
    """LINE's JSON of a menu, and everything that is wrong with it."""

    menu: dict[str, Any]
    problems: tuple[ContentProblem, ...]


_ADAPTER: TypeAdapter[MenuContent] = TypeAdapter(MenuContent)


def read(stored: Mapping[str, Any]) -> MenuContent:
    """Return the content of stored JSON; what cannot be read is an empty menu."""
    try:
        return _ADAPTER.validate_json(json.dumps(stored), strict=True)
    except ValidationError:
        return MenuContent()


def write(content: MenuContent) -> dict[str, Any]:
    """Return the content as it is stored."""
    stored: dict[str, Any] = _ADAPTER.dump_python(content, mode="json")
    return stored


def height_of(width: int, height: int) -> int:
    """Return the height of an image when it is 2,500 pixels wide."""
    return round(WIDTH * height / width)


def wrong_image(width: int | None, height: int | None) -> Text | None:
    """Return why an image cannot be a rich menu; None when it can. One per cent off the two sizes is evened out."""
    if not width or not height:
        return _l("Choose an image.")
    shown = {"width": width, "height": height}
    if width < 800:
        return _("The image is %(width)s × %(height)s pixels. LINE needs a width of 800 or more.", **shown)
    if not any(abs(height_of(width, height) / wanted - 1) <= 0.01 for wanted in (LARGE, COMPACT)):
        return _(
            "The image is %(width)s × %(height)s pixels. Make it 2,500 × 1,686 (large) or 2,500 × 843 (compact), or"
            " smaller in one of these shapes.",
            **shown,
        )
    return None


def areas_at(places: Iterable[Place], height: int) -> tuple[MenuArea, ...]:
    """Return empty areas at these places of a picture of this height."""
    return tuple(MenuArea(*place) for place in laid_out(places, WIDTH, height))


def build(content: MenuContent, name: str, width: int, height: int, aliases: Collection[str]) -> BuiltMenu:
    """Return the menu as LINE takes it, for an image of this size; `aliases` are those that areas may switch to."""
    builder = Builder({}, {})
    bar_text = builder.text("chat_bar_text", content.chat_bar_text, LONGEST_BAR_TEXT, graphemes)
    if len(content.areas) > MOST_AREAS:
        builder.complain(_("At most %(most)s areas.", most=MOST_AREAS), "areas")
    if not content.areas:
        builder.complain(_l("Add at least one area."), "areas")
    areas = []
    for number, area in enumerate(content.areas):
        with builder.inside("areas", number):
            areas.append(_area(area, builder, width, height, aliases))
    size = {"width": width, "height": height}
    menu = {"size": size, "selected": content.is_open, "name": name, "chatBarText": bar_text, "areas": areas}
    return BuiltMenu(menu, tuple(builder.problems))


def _area(area: MenuArea, builder: Builder, width: int, height: int, aliases: Collection[str]) -> dict[str, Any]:
    whole = height_of(width, height)
    is_inside = area.x + area.width <= WIDTH and area.y + area.height <= whole
    if min(area.x, area.y) < 0 or min(area.width, area.height) < 1 or not is_inside:
        builder.complain(_l("The area lies outside of the picture, or has no size."), "width")
    with builder.inside("action"):
        action = labelled(area.action, builder, LONGEST_LABEL, is_required=False)  # type: ignore[arg-type]
        if isinstance(area.action, SwitchAction) and area.action.alias and area.action.alias not in aliases:
            builder.complain(_l("This menu is not there any more. Choose another one."), "alias")
    left, right = (round(edge * width / WIDTH) for edge in (area.x, area.x + area.width))
    top, bottom = (min(round(edge * width / WIDTH), height) for edge in (area.y, area.y + area.height))
    bounds = {"x": left, "y": top, "width": max(1, right - left), "height": max(1, bottom - top)}
    return {"bounds": bounds, "action": action}
