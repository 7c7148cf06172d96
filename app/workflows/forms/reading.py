"""Read posted fields: numbers that stay text when they are none, choices by account, and rows of lists."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from app.core.identifiers import row_number
from app.core.values.numbers import typed_whole_number
from app.line.models import Account
from app.workflows.forms.registry import Posted

# What `do` says when the member is done; otherwise what was typed is kept, and buttons of the form have been pressed.
DONE = "done"
_PRESSED = re.compile(r"(?:(add|remove|copy)-)?([a-z_0-9]{1,40}?)(?:-(up|down))?(?::([0-9]{1,3}))?")


def member_is_done(form: Posted) -> bool:
    """Return whether the member is done with the form."""
    return form.get("do") == DONE


def text(form: Posted, name: str) -> str:
    """Return a typed line without blanks around it."""
    return form.get(name, "").strip()


def whole_number(form: Posted, name: str) -> int | str:
    """Return a typed whole number; what is none stays as it was typed."""
    return number_of(text(form, name))


def number_of(typed: str) -> int | str:
    """Return the whole number of a text; the text where it is none."""
    number = typed_whole_number(typed)
    return typed if number is None else number


def one_of(form: Posted, name: str, words: Mapping[str, Any] | Sequence[str], default: str = "") -> str:
    """Return a chosen word; the default for another one."""
    chosen = form.get(name, "")
    return chosen if chosen in words else default


def is_on(form: Posted, name: str) -> bool:
    """Return whether a box was ticked."""
    return name in form


def ids_by_account(form: Posted, name: str, accounts: Sequence[Account]) -> dict[str, list[int]]:
    """Return ticked rows of each account, from fields such as "tags-3"; accounts without any are left out."""
    found = {str(one.id): form.getlist(f"{name}-{one.id}") for one in accounts}
    numbers = {key: [row for one in chosen if (row := row_number(one))] for key, chosen in found.items()}
    return {key: chosen for key, chosen in numbers.items() if chosen}


def id_by_account(form: Posted, name: str, accounts: Sequence[Account]) -> dict[str, int]:
    """Return the one chosen row of each account; accounts without one are left out."""
    return {key: chosen[0] for key, chosen in ids_by_account(form, name, accounts).items()}


def rows(
    form: Posted, name: str, fields: Sequence[str], blank: Mapping[str, str] | None = None, most: int = 100
) -> list[dict[str, str]]:
    """Return the rows of a list from fields such as "keywords-0-text", once a button of the list was pressed.

    Buttons are those of components/list_editor.html for the item `name`: "add-keywords", "remove-keywords:1",
    "copy-keywords:1", "keywords-up:1" and "keywords-down:1".
    """
    places = sorted({int(one) for one in form.getlist(f"{name}-row") if one.isdecimal() and len(one) <= 3})[:most]
    found = [{one: text(form, f"{name}-{place}-{one}") for one in fields} for place in places]
    pressed = _PRESSED.fullmatch(form.get("do", ""))
    if pressed is None or pressed[2] != name:
        return found
    verb, at = pressed[1] or pressed[3], int(pressed[4] or 0)
    if verb == "add":
        return [*found, dict(blank or dict.fromkeys(fields, ""))] if len(found) < most else found
    if verb == "copy":
        return [*found[: at + 1], *found[at:]][:most] if at < len(found) else found
    return _pressed(found, verb or "", at)


def _pressed(found: list[dict[str, str]], verb: str, at: int) -> list[dict[str, str]]:
    other = at + {"up": -1, "down": 1}.get(verb, 0)
    if not (0 <= at < len(found) and 0 <= other < len(found)):
        return found
    if verb == "remove":
        del found[at]
    elif verb in ("up", "down"):
        found[at], found[other] = found[other], found[at]
    return found
