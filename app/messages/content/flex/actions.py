"""Actions that members write as JSON: what each kind needs, and how long its texts may be.

LINE names another limit of labels for each place: 40 in Flex, 20 in templates, quick replies and rich menus, 12 in
image carousels.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from app.core.i18n import _, _l
from app.messages.content.building import Builder, wrong_link
from app.messages.content.counting import Count, graphemes, utf16_units
from app.messages.content.personal_text import Piece, WrongPlace, parse

LABEL_IN_FLEX, LABEL_IN_TEMPLATES, LABEL_IN_IMAGES = 40, 20, 12
LONGEST_LINK = 1_000


@dataclass(frozen=True)
class ActionKind:
    """Texts of an action with their limits, and those that it needs."""

    texts: Mapping[str, tuple[int, Count]] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


_DATA = {"data": (300, utf16_units)}
ACTIONS: dict[str, ActionKind] = {
    "uri": ActionKind({"uri": (LONGEST_LINK, utf16_units)}, ("uri",)),
    "message": ActionKind({"text": (300, graphemes)}, ("text",)),
    "postback": ActionKind(
        {**_DATA, **dict.fromkeys(("displayText", "text", "fillInText"), (300, graphemes))}, ("data",)
    ),
    "datetimepicker": ActionKind(_DATA, ("data", "mode")),
    "clipboard": ActionKind({"clipboardText": (1_000, utf16_units)}, ("clipboardText",)),
}


def check_action(action: Any, builder: Builder, longest_label: int, *, needs_label: bool) -> None:
    """Complain of what LINE would refuse of an action; the builder stands inside of it."""
    if not isinstance(action, Mapping):
        builder.complain(_l('An action is an object, as in {"type": "uri", …}.'))
        return
    known = ACTIONS.get(str(action.get("type")))
    if known is None:
        builder.complain(_("This is no kind of action. LINE takes: %(kinds)s.", kinds=", ".join(ACTIONS)), "type")
        return
    for name in (*known.needs, *(("label",) if needs_label else ())):
        if not action.get(name):
            builder.complain(_("“%(name)s” is missing.", name=name), name)
    for name, (limit, count) in {**known.texts, "label": (longest_label, graphemes)}.items():
        check_length(action.get(name), name, limit, count, builder)
    if action.get("type") == "uri":
        check_link(action.get("uri"), "uri", builder)


def check_length(value: Any, name: str, limit: int, count: Count, builder: Builder) -> None:
    """Complain of what is no text or too long; one with personal values is counted where they are filled in."""
    if value is None:
        return
    if not isinstance(value, str):
        builder.complain(_("“%(name)s” is a text in double quotes.", name=name), name)
    elif "{{" not in value and count(value) > limit:
        said = _(
            "At most %(limit)s characters as LINE counts them; these are %(count)s.", limit=limit, count=count(value)
        )
        builder.complain(said, name)


def check_link(link: Any, name: str, builder: Builder) -> None:
    """Complain of an address that a tap could not open, also where something is filled into it."""
    if isinstance(link, str) and (problem := wrong_link(pieces_of(link))):
        builder.complain(problem, name)


def pieces_of(text: str) -> tuple[Piece, ...]:
    """Return the pieces of a text; none where its braces cannot be understood, which is complained of elsewhere."""
    try:
        return parse(text)
    except WrongPlace:
        return ()
