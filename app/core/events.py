"""Facts that lower layers announce and upper layers listen to.

Listeners run inside the announcing transaction, in the order they were registered. They are given facts in lists, so
that one that writes can write for all of them at once.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, TypeVar

Event = TypeVar("Event")
_listeners: defaultdict[type, list[Callable[[Sequence[Any]], None]]] = defaultdict(list)


def listen(kind: type[Event]) -> Callable[[Callable[[Sequence[Event]], None]], Callable[[Sequence[Event]], None]]:
    """Decorate a function that is called with a list of events of this type, in the order they were announced."""

    def register(function: Callable[[Sequence[Event]], None]) -> Callable[[Sequence[Event]], None]:
        if function not in _listeners[kind]:
            _listeners[kind].append(function)
        return function

    return register


def announce(*events: object) -> None:
    """Tell the listeners of these events; an error in one undoes the whole transaction."""
    announce_all(events)


def announce_all(events: Iterable[object]) -> None:
    """Tell the listeners of all these events, those of one type that follow each other in one list."""
    for kind, of_kind in groupby(events, key=type):
        batch = list(of_kind)
        for function in _listeners[kind]:
            function(batch)


def listeners() -> dict[str, list[str]]:
    """Return the names of the listeners by type of event, for `flask events listeners` and the tests."""
    return {
        kind.__name__: [f"{function.__module__}.{function.__name__}" for function in functions]
        for kind, functions in _listeners.items()
    }
