"""Changes of a message set as JSON: fields by their path, and items of its lists.

A path names a field as in the stored content, like `messages.0.actions.1.label`.
"""

from __future__ import annotations

import copy
import math
import re
from collections.abc import Mapping
from typing import Any

from app.core.errors import Conflict, NotFound
from app.core.i18n import _, count
from app.core.identifiers import row_number
from app.core.values.typing_marks import plain
from app.messages.composer.blanks import ACTIONS, AREA, CARDS, END_CARD, MESSAGES, QUICK_REPLY
from app.messages.composer.gallery.fields import use_example
from app.messages.content import utm
from app.messages.content.area_templates import AREA_TEMPLATES
from app.messages.content.flex.check import MOST_BUBBLES
from app.messages.content.json_text import WrongJson, read_object, typed_json
from app.messages.content.kinds.buttons import MOST_BUTTONS
from app.messages.content.kinds.rich import MOST_AREAS, WIDTH, rectangles
from app.messages.content.message_set import MOST_MESSAGES, MOST_QUICK_REPLIES

Json = dict[str, Any]
PATH = re.compile(r"(messages|quick_replies|utm)(\.[a-z_0-9]{1,30}){1,8}")
WHOLE_NUMBERS = frozenset({"file_id", "preview_file_id", "icon_file_id", "x", "y", "width", "height"})
DEGREES = frozenset({"latitude", "longitude"})
JSON_FIELDS = frozenset({"contents", "message"})
PLACE = ("x", "y", "width", "height")
DRAWN = re.compile(",".join([r"([0-9]{1,4})"] * len(PLACE)))
# Stands beside a JSON field and holds its text as it was typed.
SOURCE = "source"
LONGEST_FIELD = 200_000
# Most items of a list, by its name.
MOST = {
    "messages": MOST_MESSAGES,
    "quick_replies": MOST_QUICK_REPLIES,
    "cards": MOST_BUBBLES,
    "actions": MOST_BUTTONS,
    "areas": MOST_AREAS,
}


class DraftTooLong(Conflict):
    """What was typed is longer than a draft keeps."""


def is_of_content(path: str) -> bool:
    """Return whether a name is that of a field of a message set, or of a part of one."""
    return path.partition(".")[0] in ("messages", "quick_replies", "utm")


def with_fields(content: Json, posted: Mapping[str, str]) -> Json:
    """Return the content with these fields; names that are no field of it are passed over.

    Raises DraftTooLong.
    """
    changed = copy.deepcopy(content)
    if any(path.startswith("utm.") for path in posted):
        changed["utm"] = changed.get("utm") or dict.fromkeys(utm.NAMES, "")
    for path, typed in posted.items():
        if PATH.fullmatch(path):
            _set(changed, path, short_enough(typed).replace("\r\n", "\n"))
    # Without any value no parameters are added.
    changed["utm"] = changed.get("utm") if any((changed.get("utm") or {}).values()) else None
    return changed


def short_enough(typed: str) -> str:
    """Return what was typed into a field; raises DraftTooLong."""
    if len(typed) > LONGEST_FIELD:
        words = _(
            "A field holds at most %(most)s characters. Shorten it; until then it is not kept.",
            most=count(LONGEST_FIELD),
        )
        raise DraftTooLong(words)
    return typed


def _set(content: Json, path: str, typed: str) -> None:
    around, name = path.rsplit(".", 1)
    try:
        place = at(content, around)
    except NotFound:
        return
    # Lists, objects and kinds change by commands, not by typing.
    is_field = isinstance(place, dict) and name in place and name != "kind" and not _is_kept_text(place, name)
    if is_field and name in JSON_FIELDS:
        _set_json(place, name, typed)
    elif is_field and not isinstance(place[name], list | dict):
        place[name] = _read(name, typed)


def _is_kept_text(place: Json, name: str) -> bool:
    """Return whether this is the text of the JSON field beside it, which changes with that only."""
    return name == SOURCE and not JSON_FIELDS.isdisjoint(place)


def _set_json(place: Json, name: str, typed: str) -> None:
    """Keep the text as it was typed, and what it says; nothing of a text that cannot be read."""
    if typed == typed_json(place[name], place.get(SOURCE, "")):
        return
    try:
        place[name] = read_object(typed)
    except WrongJson:
        place[name] = {}
    place[SOURCE] = typed


def _read(name: str, typed: str) -> Any:
    if name in WHOLE_NUMBERS:
        number = _number(typed)
        least = None if name.endswith("file_id") else 0
        return least if number is None else max(-10_000_000_000, min(10_000_000_000, round(number)))
    return _number(typed) if name in DEGREES else typed


def _number(typed: str) -> float | None:
    try:
        number = float(plain(typed))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def at(content: Json, path: str) -> Any:
    """Return what stands at this path; raises NotFound."""
    found: Any = content
    for step in path.split("."):
        try:
            found = found[int(step)] if isinstance(found, list) else found[step]
        except (KeyError, IndexError, TypeError, ValueError) as error:
            raise NotFound from error
    return found


def after(content: Json, command: str, choice: str = "", height: int = WIDTH) -> Json:
    """Return the content after a button, such as `up:messages.1` or `add:messages:text`.

    Raises NotFound, and Conflict where a list is full. `choice` is what was chosen beside the button; `height` is the
    picture's, for templates of areas.
    """
    verb, _colon, rest = command.partition(":")
    path, _colon, kind = rest.partition(":")
    if not re.fullmatch(r"messages|quick_replies", path) and not PATH.fullmatch(path):
        raise NotFound
    changed = copy.deepcopy(content)
    match verb:
        case "add":
            _add(at(changed, path), path, kind or choice)
        case "up" | "down" | "copy" | "remove":
            _move(changed, verb, path)
        case "kind":
            _choose_action(changed, path, kind or choice)
        case "template":
            _use_template(at(changed, path), kind or choice, height)
        case "use":
            around, _dot, name = path.rpartition(".")
            use_example(at(changed, around), name, kind or choice)
        case "end_card":
            _switch_end_card(at(changed, path))
        case _:
            raise NotFound
    return changed


def chosen(content: Json, command: str) -> str:
    """Return what a select such as `kind:messages.0.actions.1` shows now; empty where there is nothing."""
    verb, _colon, path = command.partition(":")
    if verb not in ("kind", "template"):
        raise NotFound
    found = at(content, path)
    return str(found.get(verb, "")) if isinstance(found, dict) else ""


def _add(items: Any, path: str, kind: str) -> None:
    if not isinstance(items, list):
        raise NotFound
    name = path.rsplit(".", 1)[-1]
    blanks = {"messages": MESSAGES, "actions": ACTIONS, "cards": CARDS}.get(name)
    single = {"quick_replies": QUICK_REPLY, "areas": AREA}.get(name)
    blank = single or (blanks or {}).get(kind)
    if blank is None:
        raise NotFound
    _require_room(items, name)
    items.append(copy.deepcopy(blank) | (_drawn_place(kind) if name == "areas" else {}))


def _require_room(items: list[Any], name: str) -> None:
    most = MOST.get(name)
    if most is not None and len(items) >= most:
        raise Conflict(_("Only %(most)s of these fit here.", most=most))


def _drawn_place(typed: str) -> dict[str, int]:
    """Return where an area was drawn from "x,y,width,height"; an empty one if it was not drawn."""
    found = DRAWN.fullmatch(typed)
    return {name: int(one) for name, one in zip(PLACE, found.groups(), strict=True)} if found else {}


def _move(content: Json, verb: str, path: str) -> None:
    around, _dot, last = path.rpartition(".")
    items = at(content, around)
    number = row_number(last)
    if not isinstance(items, list) or number is None or number >= len(items):
        raise NotFound
    if verb == "copy":
        _require_room(items, around.rsplit(".", 1)[-1])
        items.insert(number + 1, copy.deepcopy(items[number]))
    elif verb == "remove":
        del items[number]
    else:
        other = number + (-1 if verb == "up" else 1)
        if 0 <= other < len(items):
            items[number], items[other] = items[other], items[number]


def _switch_end_card(message: Any) -> None:
    """Give a Card Type Message an end card, or take it away."""
    if not isinstance(message, dict) or message.get("kind") != "cards":
        raise NotFound
    message["end_card"] = None if message.get("end_card") else copy.deepcopy(END_CARD)


def _choose_action(content: Json, path: str, kind: str) -> None:
    """Make an action another one; what both have, such as the label, stays."""
    around, _dot, last = path.rpartition(".")
    before, place = at(content, path), at(content, around)
    if kind not in ACTIONS or not (before is None or isinstance(before, dict)):
        raise NotFound
    kept = {name: value for name, value in (before or {}).items() if name in ACTIONS[kind] and name != "kind"}
    place[int(last) if isinstance(place, list) else last] = {**copy.deepcopy(ACTIONS[kind]), **kept}


def _use_template(message: Any, template: str, height: int) -> None:
    """Give a Rich Message the areas of a template; actions stay in their order. Free areas begin as they are."""
    if not isinstance(message, dict) or message.get("kind") != "rich" or template not in (*AREA_TEMPLATES, "free"):
        raise NotFound
    message["template"] = template
    if template == "free":
        return
    actions = [area["action"] for area in message["areas"]]
    places = rectangles(template, height)
    message["areas"] = [
        {"x": x, "y": y, "width": width, "height": high, "action": actions[number] if number < len(actions) else None}
        for number, (x, y, width, high) in enumerate(places)
    ]
    for area in message["areas"]:
        area["action"] = area["action"] or copy.deepcopy(ACTIONS["link"])
