"""Facts that lower floors announce and upper floors listen to; a dictionary from type to functions.

Listeners run inside the announcing transaction, in the order they were registered, and normally only enqueue.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any, TypeVar

Event = TypeVar("Event")
_listeners: defaultdict[type, list[Callable[[Any], None]]] = defaultdict(list)


def listen(kind: type[Event]) -> Callable[[Callable[[Event], None]], Callable[[Event], None]]:
    """Decorator: call the function for every announced event of this type."""

    def register(function: Callable[[Event], None]) -> Callable[[Event], None]:
        if function not in _listeners[kind]:
            _listeners[kind].append(function)
        return function

    return register


def announce(event: object) -> None:
    """Tell every listener of the event's type; an error in one undoes the whole transaction."""
    for function in _listeners[type(event)]:
        function(event)


def listeners() -> dict[str, list[str]]:
    """Who listens to what, by name, for `flask events listeners` and the tests."""
    return {
        kind.__name__: [f"{function.__module__}.{function.__name__}" for function in functions]
        for kind, functions in _listeners.items()
    }
