"""What uses a tag: floors above tell, so that nobody deletes a tag that a segment or a workflow relies on unawares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.i18n import Text


@dataclass(frozen=True)
class Usage:
    """One thing that uses the tag: what it is ("Segment"), its name, and the page where it can be changed."""

    kind: Text
    name: str
    endpoint: str
    args: dict[str, Any] = field(default_factory=dict)
    # Who may go to that page; others only read the name.
    permission: str = ""


_finders: list[Callable[[int], Iterable[Usage]]] = []


def register(find: Callable[[int], Iterable[Usage]]) -> None:
    """Offer a function that says what of its package uses the tag of this id."""
    _finders.append(find)


def usages_of(tag_id: int) -> Sequence[Usage]:
    """Everything that uses a tag."""
    return [usage for find in _finders for usage in find(tag_id)]
