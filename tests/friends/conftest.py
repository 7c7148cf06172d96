"""What tests of friends share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.core import events as core_events
from app.core.db.time_budget import Budget
from app.friends import events
from app.friends.queries import listing
from app.line.models import Account
from tests.factories import line

ANNOUNCED = [
    kind
    for kind in vars(events).values()
    if isinstance(kind, type) and kind.__module__ == events.__name__ and not kind.__name__.startswith("_")
]


@pytest.fixture
def place(app: Any) -> Account:
    """A LINE Official Account."""
    return line.account()


@pytest.fixture
def heard() -> Iterator[list[Any]]:
    """Everything that friends announce while the test runs."""
    said: list[Any] = []
    for kind in ANNOUNCED:
        core_events.listen(kind)(said.extend)
    yield said
    for kind in ANNOUNCED:
        core_events._listeners[kind].remove(said.extend)


def allow_seconds(monkeypatch: pytest.MonkeyPatch, *seconds: float) -> None:
    """Give the questions of a total this much time each, in the order in which they are asked."""
    left = iter(seconds)
    monkeypatch.setattr(listing, "Budget", lambda _seconds: Budget(next(left)))
