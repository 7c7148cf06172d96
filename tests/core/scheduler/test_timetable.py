"""When entries are due: on a clock that only goes forward, once however often they were missed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from app.core.scheduler.timetable import Timetable


@dataclass(frozen=True)
class Bell:
    name: str
    every: timedelta


OFTEN, HOURLY = Bell("often", timedelta(seconds=3)), Bell("hourly", timedelta(hours=1))


def test_each_is_due_at_its_interval_and_what_is_rare_soon_after_the_start() -> None:
    table = Timetable((OFTEN, HOURLY), 1000.0)
    assert table.due(1002.9) == []
    assert table.pause(1000.0) == 3.0
    assert table.due(1003.0) == [OFTEN]
    assert table.due(1060.0) == [OFTEN, HOURLY]
    assert [moment for moment in range(1061, 4700) if HOURLY in table.due(float(moment))] == [4660]


def test_after_a_long_pause_everything_is_due_once() -> None:
    table = Timetable((OFTEN, HOURLY), 0.0)
    table.due(60.0)
    woken = 60.0 + 10 * 24 * 3600
    assert set(table.due(woken)) == {OFTEN, HOURLY}
    assert table.due(woken) == []
    assert table.pause(woken) == 3.0


def test_many_entries_come_in_the_order_in_which_they_are_due() -> None:
    bells = [Bell(str(seconds), timedelta(seconds=seconds)) for seconds in (5, 2, 9, 1, 7)]
    table = Timetable(bells, 0.0)
    first = [bell.name for moment in range(1, 10) for bell in table.due(float(moment)) if bell.name != "1"]
    assert first == ["2", "2", "5", "2", "7", "2", "9"]


def test_an_empty_table_waits_for_ever() -> None:
    assert Timetable[Bell]((), 0.0).pause(5.0) == pytest.approx(float("inf"))
