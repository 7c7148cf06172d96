"""What uses a segment: floors above tell, so that nobody deletes one that a broadcast relies on unawares."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.i18n import Text


@dataclass(frozen=True)
class Usage:
    """One thing that uses the segment: what it is ("Broadcast"), its name, and the page where it can be changed.

    `holds`: it will use the segment by itself, as a scheduled broadcast does, so the segment cannot be deleted.
    """

    kind: Text
    name: str
    endpoint: str
    args: dict[str, Any] = field(default_factory=dict)
    holds: bool = False


_finders: list[Callable[[int], Iterable[Usage]]] = []


def register(find: Callable[[int], Iterable[Usage]]) -> None:
    """Offer a function that says what of its package uses the segment of this id."""
    _finders.append(find)


def usages_of(segment_id: int) -> Sequence[Usage]:
    """Everything that uses a segment."""
    return [usage for find in _finders for usage in find(segment_id)]
