"""A menu as it stands in the form: its areas and their actions, finished or not, and what each button does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from app.core.i18n import Text, _l
from app.core.identifiers import NO_ROW, row_number
from app.core.values.numbers import typed_whole_number
from app.messages.content.actions import ClipboardAction, DateAction, LinkAction, MessageAction, PostbackAction
from app.messages.content.area_templates import AREA_TEMPLATES
from app.messages.rich_menus.content import MOST_AREAS, WIDTH, MenuArea, MenuContent, SwitchAction, areas_at

ACTIONS = {
    "link": LinkAction,
    "message": MessageAction,
    "switch": SwitchAction,
    "postback": PostbackAction,
    "date": DateAction,
    "clipboard": ClipboardAction,
}
ACTION_LABELS: dict[str, Text] = {
    "link": _l("Open a link"),
    "message": _l("Send a text"),
    "switch": _l("Switch to another menu"),
    "postback": _l("Send data (postback)"),
    "date": _l("Choose a date"),
    "clipboard": _l("Copy a text"),
}
# Where an area was drawn: x, y, width and height.
_DRAWN = re.compile(",".join([r"([0-9]{1,4})"] * 4))
LARGEST_NUMBER = 99_999


def read_content(form: Mapping[str, str], file_id: int | None) -> MenuContent:
    """Return what stands in the form; a number that is none is 0, which has its complaint."""
    areas = []
    for at in range(MOST_AREAS + 1):
        if f"area-{at}-x" not in form:
            break
        areas.append(_area(form, f"area-{at}-"))
    bar_text = form.get("chat_bar_text", "").strip()
    return MenuContent(bar_text, "is_open" in form, file_id, tuple(areas))


def _area(form: Mapping[str, str], prefix: str) -> MenuArea:
    x, y, width, height = (_number(form.get(prefix + name, "")) for name in ("x", "y", "width", "height"))
    kind = form.get(prefix + "kind", "link")
    action = ACTIONS.get(kind, LinkAction)
    typed = {one.name: form[prefix + one.name] for one in fields(action) if prefix + one.name in form}
    typed.pop("kind", None)
    if typed.get("mode", "date") not in ("date", "time", "datetime"):
        typed.pop("mode")
    return MenuArea(x, y, width, height, action(**typed))


def _number(typed: str) -> int:
    number = typed_whole_number(typed) or 0
    return number if abs(number) <= LARGEST_NUMBER else 0


def after(content: MenuContent, action: str, template: str, height: int) -> MenuContent:
    """Return the content once a button was pressed; an action that cannot be done changes nothing."""
    word, _colon, place = action.partition(":")
    areas = list(content.areas)
    number = row_number(place)
    at = NO_ROW if number is None else number
    if word == "add-area" and len(areas) < MOST_AREAS:
        drawn = _DRAWN.fullmatch(place)
        x, y, wide, high = map(int, drawn.groups()) if drawn else (0, 0, WIDTH // 3, height // 2)
        areas.append(MenuArea(x, y, wide, high))
    elif word == "template" and template in AREA_TEMPLATES:
        areas = _laid_out(areas, template, height)
    elif 0 <= at < len(areas):
        _change(areas, word, at)
    return replace(content, areas=tuple(areas))


def template_of(content: MenuContent, height: int) -> str:
    """Return the name of the template that would lay the areas out as they are; empty where there is none."""
    places = _places(content.areas)
    return next((name for name in AREA_TEMPLATES if _places(_areas_of(name, height)) == places), "")


def _places(areas: Sequence[MenuArea]) -> list[tuple[int, ...]]:
    return [(area.x, area.y, area.width, area.height) for area in areas]


def _areas_of(template: str, height: int) -> tuple[MenuArea, ...]:
    return areas_at(AREA_TEMPLATES[template].places, height)


def _laid_out(areas: list[MenuArea], template: str, height: int) -> list[MenuArea]:
    """Return the template's areas with the actions of the old ones, in their order."""
    laid = _areas_of(template, height)
    actions: list[Any] = [area.action for area in areas]
    return [replace(area, action=actions[at]) if at < len(actions) else area for at, area in enumerate(laid)]


def _change(areas: list[MenuArea], word: str, at: int) -> None:
    if word == "area-up" and at > 0:
        areas[at - 1], areas[at] = areas[at], areas[at - 1]
    elif word == "area-down" and at + 1 < len(areas):
        areas[at + 1], areas[at] = areas[at], areas[at + 1]
    elif word == "copy-area" and len(areas) < MOST_AREAS:
        areas.insert(at + 1, areas[at])
    elif word == "remove-area":
        del areas[at]
