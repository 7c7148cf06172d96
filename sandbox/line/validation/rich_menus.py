"""Checking a rich menu as LINE does, behind creating and behind the validate endpoint alike."""

from typing import Any

from sandbox.line import undocumented
from sandbox.line.counting import graphemes
from sandbox.line.validation.actions import RICH_MENU, check_action
from sandbox.line.validation.problems import EMPTY, Problems, invalid_property

NARROWEST, WIDEST, LOWEST, SMALLEST_RATIO = 800, 2500, 250, 1.45
MOST_AREAS = 20
LONGEST_NAME, LONGEST_BAR = 300, 14
NAMES = ("size", "selected", "name", "chatBarText", "areas")


def check_rich_menu(body: dict[str, Any]) -> dict[str, Any]:
    """Return the menu as LINE keeps it; raises the answer LINE would give to a wrong one."""
    problems = Problems()
    _check_size(problems, body.get("size"))
    if not isinstance(body.get("selected"), bool):
        raise invalid_property("selected")
    for name, longest in (("name", LONGEST_NAME), ("chatBarText", LONGEST_BAR)):
        problems.text(body, name, "", longest, count=graphemes)
    for where, area in problems.items(body, "areas", "", 0, MOST_AREAS):
        _check_bounds(problems, area.get("bounds"), f"{where}.bounds")
        check_action(problems, area.get("action"), f"{where}.action", RICH_MENU)
    problems.details = [one | {"property": one["property"].removeprefix(".")} for one in problems.details]
    problems.raise_any()
    return {name: body[name] for name in NAMES}


def _check_size(problems: Problems, value: Any) -> None:
    if value is None:
        problems.add("size", EMPTY)
        return
    size = problems.thing(value, "size")
    problems.number(size, "width", "size", lowest=NARROWEST, highest=WIDEST)
    problems.number(size, "height", "size", lowest=LOWEST)
    width, height = size.get("width"), size.get("height")
    if isinstance(width, int) and isinstance(height, int) and height > 0 and width / height < SMALLEST_RATIO:
        problems.add("size", undocumented.TOO_TALL.format(ratio=SMALLEST_RATIO))


def _check_bounds(problems: Problems, value: Any, path: str) -> None:
    if value is None:
        problems.add(path, EMPTY)
        return
    bounds = problems.thing(value, path)
    for name in ("x", "y"):
        problems.number(bounds, name, path, lowest=0)
    for name in ("width", "height"):
        problems.number(bounds, name, path, lowest=1)
