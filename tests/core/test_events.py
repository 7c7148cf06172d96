"""Facts announced by lower floors reach those who listen, in the announcing transaction."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.core import events
from app.core.events import announce, listen


@dataclass(frozen=True)
class LampLit:
    room: str


@dataclass(frozen=True)
class LampBroken:
    room: str


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    yield
    events._listeners.pop(LampLit, None)


def test_listeners_hear_their_kind_of_event_in_order() -> None:
    heard: list[str] = []
    listen(LampLit)(lambda event: heard.append(f"first {event.room}"))
    listen(LampLit)(lambda event: heard.append(f"second {event.room}"))
    announce(LampLit("hall"))
    announce(LampBroken("hall"))
    assert heard == ["first hall", "second hall"]


def test_listening_twice_is_listening_once() -> None:
    heard: list[str] = []

    def note(event: LampLit) -> None:
        heard.append(event.room)

    listen(LampLit)(note)
    listen(LampLit)(note)
    announce(LampLit("hall"))
    assert heard == ["hall"]


def test_an_error_of_a_listener_is_the_announcer_s() -> None:
    @listen(LampLit)
    def fail(event: LampLit) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        announce(LampLit("hall"))


def test_who_listens_can_be_listed() -> None:
    @listen(LampLit)
    def note(event: LampLit) -> None: ...

    assert events.listeners()["LampLit"] == [f"{__name__}.note"]
