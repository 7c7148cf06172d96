"""Actions: what a button does. Each place of a button has its own allowed kinds and label length."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.line import undocumented
from sandbox.line.counting import graphemes, utf16_units
from sandbox.line.validation.problems import BAD_URI, REQUIRED, Problems, invalid_property

SCHEMES = ("http", "https", "line", "tel")
INPUT_OPTIONS = ("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")
MODES = {
    "date": re.compile(r"\d{4}-\d\d-\d\d\Z"),
    "time": re.compile(r"\d\d:\d\d\Z"),
    "datetime": re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d\Z"),
}
EVERYWHERE = ("postback", "message", "uri", "datetimepicker", "clipboard")
PHONE_ONLY = ("camera", "cameraRoll", "location")


@dataclass(frozen=True)
class Place:
    """Where a button stands; `label_required` is the complaint about a missing label, None when it may miss."""

    longest_label: int
    kinds: tuple[str, ...] = EVERYWHERE
    label_required: str | None = REQUIRED


TEMPLATE = Place(20)
IMAGE_CAROUSEL = Place(12, label_required=None)
QUICK_REPLY = Place(20, (*EVERYWHERE, *PHONE_ONLY))
FLEX_BUTTON = Place(40)
# The label of an area is read out, and not shown.
RICH_MENU = Place(20, (*EVERYWHERE, "richmenuswitch"), label_required=None)
# Tapping a picture or a box: the label is not shown.
SURFACE = Place(40, label_required=None)


def check_action(problems: Problems, value: Any, path: str, place: Place) -> None:
    """Check one action object."""
    if value is None:
        problems.add(path, REQUIRED)
        return
    action = problems.thing(value, path)
    kind = problems.choice(action, "type", path, place.kinds)
    if kind is None:
        return
    problems.text(action, "label", path, place.longest_label, required=place.label_required, count=graphemes)
    check = CHECKS.get(kind)
    if check is not None:
        check(problems, action, path)


def _postback(problems: Problems, action: dict[str, Any], path: str) -> None:
    problems.text(action, "data", path, 300, required=REQUIRED)
    for name in ("displayText", "text", "fillInText"):
        problems.text(action, name, path, 300, required=None, count=graphemes)
    if "displayText" in action and "text" in action:
        problems.add(f"{path}.text", "Must not be specified")
    if "inputOption" in action:
        problems.choice(action, "inputOption", path, INPUT_OPTIONS)
    if "fillInText" in action and action.get("inputOption") != "openKeyboard":
        problems.add(f"{path}.fillInText", "Must not be specified")


def _message(problems: Problems, action: dict[str, Any], path: str) -> None:
    problems.text(action, "text", path, 300, required=REQUIRED, count=graphemes)


def _uri(problems: Problems, action: dict[str, Any], path: str) -> None:
    _link(problems, action, "uri", path)
    if "altUri" in action:
        alternative = problems.thing(action["altUri"], f"{path}.altUri")
        if "desktop" in alternative:
            _link(problems, alternative, "desktop", f"{path}.altUri")


def _link(problems: Problems, thing: dict[str, Any], name: str, path: str) -> None:
    value = problems.text(thing, name, path, 1000, required=REQUIRED, count=utf16_units)
    if value is not None and not is_link(value):
        problems.add(f"{path}.{name}", BAD_URI)


def is_link(value: str) -> bool:
    """Whether a button may open it."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in SCHEMES and bool(parts.netloc or parts.path) and " " not in value


def _datetimepicker(problems: Problems, action: dict[str, Any], path: str) -> None:
    problems.text(action, "data", path, 300, required=REQUIRED)
    mode = problems.choice(action, "mode", path, tuple(MODES))
    for name in ("initial", "max", "min") if mode else ():
        value = action.get(name)
        if value is not None and not isinstance(value, str):
            raise invalid_property(f"{path}.{name}")
        if value is not None and not MODES[str(mode)].match(value):
            problems.add(f"{path}.{name}", undocumented.BAD_DATE)


def _clipboard(problems: Problems, action: dict[str, Any], path: str) -> None:
    problems.text(action, "clipboardText", path, 1000, required=REQUIRED)


def _rich_menu_switch(problems: Problems, action: dict[str, Any], path: str) -> None:
    problems.text(action, "data", path, 300, required=REQUIRED)
    problems.text(action, "richMenuAliasId", path, 32, required=REQUIRED)


CHECKS = {
    "postback": _postback,
    "message": _message,
    "uri": _uri,
    "datetimepicker": _datetimepicker,
    "clipboard": _clipboard,
    "richmenuswitch": _rich_menu_switch,
}
