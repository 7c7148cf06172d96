"""Template messages: buttons, confirm, carousel, image carousel."""

from typing import Any

from sandbox.line.counting import graphemes
from sandbox.line.validation.actions import IMAGE_CAROUSEL, SURFACE, TEMPLATE, check_action
from sandbox.line.validation.problems import EMPTY, Problems, invalid_message

KINDS = ("buttons", "confirm", "carousel", "image_carousel")


def check_template(problems: Problems, message: dict[str, Any], path: str) -> None:
    """Check a template message."""
    problems.text(message, "altText", path, 1500)
    if message.get("template") is None:
        problems.add(f"{path}.template", EMPTY)
        return
    template = problems.thing(message["template"], f"{path}.template")
    kind = problems.choice(template, "type", f"{path}.template", KINDS)
    if kind is not None:
        CHECKS[kind](problems, template, f"{path}.template")


def _buttons(problems: Problems, template: dict[str, Any], path: str) -> None:
    _card(problems, template, path, longest_text=160)
    _actions(problems, template, path, 1, 4)


def _card(problems: Problems, card: dict[str, Any], path: str, longest_text: int) -> None:
    """Check picture, title, text and default action; with a picture or a title the text is shorter."""
    problems.text(card, "title", path, 40, required=None, count=graphemes)
    problems.address(card, "thumbnailImageUrl", path, required=False)
    is_crowded = card.get("title") or card.get("thumbnailImageUrl")
    problems.text(card, "text", path, 60 if is_crowded else longest_text, count=graphemes)
    if card.get("defaultAction") is not None:
        check_action(problems, card["defaultAction"], f"{path}.defaultAction", SURFACE)


def _actions(problems: Problems, thing: dict[str, Any], path: str, lowest: int, highest: int) -> None:
    for where, action in problems.items(thing, "actions", path, lowest, highest):
        check_action(problems, action, where, TEMPLATE)


def _confirm(problems: Problems, template: dict[str, Any], path: str) -> None:
    problems.text(template, "text", path, 240, count=graphemes)
    _actions(problems, template, path, 2, 2)


def _carousel(problems: Problems, template: dict[str, Any], path: str) -> None:
    columns = problems.items(template, "columns", path, 1, 10)
    for where, column in columns:
        _card(problems, column, where, longest_text=120)
        _actions(problems, column, where, 1, 3)
    if not problems.details and len({_shape(column) for _, column in columns}) > 1:
        raise invalid_message(path.removesuffix(".template"), [])


def _shape(column: dict[str, Any]) -> tuple[int, bool, bool]:
    """What all columns must have alike: the number of actions, and whether there are a title and a picture."""
    return len(column["actions"]), bool(column.get("title")), bool(column.get("thumbnailImageUrl"))


def _image_carousel(problems: Problems, template: dict[str, Any], path: str) -> None:
    for where, column in problems.items(template, "columns", path, 1, 10):
        problems.address(column, "imageUrl", where)
        check_action(problems, column.get("action"), f"{where}.action", IMAGE_CAROUSEL)


CHECKS = {
    "buttons": _buttons,
    "confirm": _confirm,
    "carousel": _carousel,
    "image_carousel": _image_carousel,
}
