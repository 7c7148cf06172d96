"""Which fields a member has left. What is missing in a field is said only once it was left, or the set is to be used.

The names travel with the form in the field `left` (components/left.html) and follow their fields when items move.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from app.core.identifiers import row_number

# Fields of a draft whose form is to be used: everything that is missing is said.
ALL: None = None
Left = Collection[str] | None


def left_after(left: Iterable[str], command: str) -> set[str]:
    """Return the names once a button such as `up:messages.1` has moved, added or removed an item.

    A step through the history may bring other fields, so it forgets them all.
    """
    verb, _colon, rest = command.partition(":")
    around, _dot, last = rest.partition(":")[0].rpartition(".")
    if verb in ("undo", "redo", "discard"):
        return set()
    place = row_number(last)
    if verb not in ("up", "down", "copy", "remove") or place is None:
        return set(left)
    moved = (_moved(one, verb, around, place) for one in left)
    return {one for one in moved if one}


def _moved(name: str, verb: str, around: str, number: int) -> str | None:
    found = re.fullmatch(rf"{re.escape(around)}\.([0-9]{{1,9}})((?:\..*)?)", name)
    if found is None:
        return name
    place = _place_after(int(found[1]), verb, number)
    return None if place is None else f"{around}.{place}{found[2]}"


def _place_after(place: int, verb: str, number: int) -> int | None:
    if verb == "remove":
        return None if place == number else place - (place > number)
    if verb == "copy":
        return place + (place > number)
    other = number - 1 if verb == "up" else number + 1
    return {number: other, other: number}.get(place, place) if other >= 0 else place
