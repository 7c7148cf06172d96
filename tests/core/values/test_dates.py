"""Dates: the ways in which they are written, and moments that cannot be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from app.core import i18n
from app.core.clock import in_zone, told_moment
from app.core.values.dates import day_in_address, read_date, stored_date
from app.core.values.errors import WrongValue

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
LAST = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize(
    "typed",
    [
        *("2026-04-01", "2026/4/1", "2026/04/01", "2026.4.1", "2026年4月1日", "2026年 4月 1日", "20260401"),
        *("２０２６／４／１", "２０２６年４月１日", "2026−04−01", "2026ー4ー1", "\u200e2026-4-1 "),
    ],
)
def test_how_a_date_may_be_written(app: Flask, typed: str) -> None:
    assert read_date(typed) == "2026-04-01"


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "2026-W14-3",
            "2026W143",
            "2026-091",
            "1.4.2026",
            "4/1/2026",
            "26/4/1",
            "2026-4/1",
            "2026-04",
            "令和8年4月1日",
        ),
        *("2026年4月1²日", "2026-4-①"),
        *("2026-04-01T10:00", "2026-02-30", "2026/13/1", "0000-01-01", "soon", ""),
    ],
)
def test_what_is_refused_with_an_example(app: Flask, typed: str) -> None:
    with pytest.raises(WrongValue) as refusal:
        read_date(typed)
    assert "2026-04-01" in refusal.value.message


@pytest.mark.parametrize("stored", ["2026-W14-3", "20260401", "2026-13-45", "日付", 20260401, None, ["2026-04-01"]])
def test_what_a_program_has_left_is_no_date(stored: object) -> None:
    assert stored_date(stored) is None


def test_a_stored_day_and_a_day_in_an_address() -> None:
    assert stored_date("2026-04-01") == day_in_address("2026/4/1") == date(2026, 4, 1)
    assert [day_in_address(typed) for typed in ("soon", "2026-W14-3", "1969-12-31", "9999-12-31")] == [None] * 4


@pytest.mark.parametrize("milliseconds", [None, -1, 0, 253402300799999, 10**20, -(10**20)])
def test_a_moment_that_cannot_be_is_the_reader_s(milliseconds: int | None) -> None:
    assert told_moment(milliseconds, NOON) == NOON


@pytest.mark.parametrize("ahead", [timedelta(days=-9000), timedelta(0), timedelta(days=1)])
def test_a_moment_that_can_be_is_believed(ahead: timedelta) -> None:
    assert told_moment(int((NOON + ahead).timestamp() * 1000), NOON) == NOON + ahead


def test_a_moment_more_than_a_day_ahead_is_not_believed() -> None:
    later = NOON + timedelta(days=1, seconds=1)
    assert told_moment(int(later.timestamp() * 1000), NOON) == NOON


def test_what_no_zone_can_show_is_shown_as_nothing(app: Flask) -> None:
    assert in_zone(LAST, ZoneInfo("Asia/Tokyo")) is None
    with app.test_request_context("/"):
        assert (i18n.when(LAST), i18n.day(LAST)) == ("–", "–")
