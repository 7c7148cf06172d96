"""Facts announced by lower layers reach their listeners, in the announcing transaction."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    listen(LampLit)(lambda batch: heard.append(f"first {batch[0].room}"))
    listen(LampLit)(lambda batch: heard.append(f"second {batch[0].room}"))
    announce(LampLit("hall"))
    announce(LampBroken("hall"))
    assert heard == ["first hall", "second hall"]


def test_events_of_one_type_that_follow_each_other_arrive_in_one_list() -> None:
    heard: list[list[str]] = []
    listen(LampLit)(lambda batch: heard.append([event.room for event in batch]))
    announce(LampLit("hall"), LampLit("attic"), LampBroken("attic"), LampLit("cellar"))
    assert heard == [["hall", "attic"], ["cellar"]]


def test_listening_twice_is_listening_once() -> None:
    heard: list[str] = []

    def note(batch: Sequence[LampLit]) -> None:
        heard.extend(event.room for event in batch)

    listen(LampLit)(note)
    listen(LampLit)(note)
    announce(LampLit("hall"))
    assert heard == ["hall"]


def test_an_error_of_a_listener_is_the_announcer_s() -> None:
    @listen(LampLit)
    def fail(batch: Sequence[LampLit]) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        announce(LampLit("hall"))


def test_who_listens_can_be_listed() -> None:
    @listen(LampLit)
    def note(batch: Sequence[LampLit]) -> None: ...

    assert events.listeners()["LampLit"] == [f"{__name__}.note"]
