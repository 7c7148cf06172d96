"""When triggers that follow the clock fire: time zones, changes of clocks, short months, leap years."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.workflows.definition.occurrences import dates_due, day_reached, next_daily, next_scheduled

TOKYO, BERLIN = ZoneInfo("Asia/Tokyo"), ZoneInfo("Europe/Berlin")


def at(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("settings", "after", "expected"),
    [
        ({"every": "day", "time": "09:00"}, at(2026, 11, 28, 23, 59), at(2026, 11, 29)),
        ({"every": "day", "time": "09:00"}, at(2026, 11, 29), at(2026, 11, 30)),
        ({"every": "week", "time": "09:00", "weekdays": [0]}, at(2026, 11, 29), at(2026, 11, 30)),
        ({"every": "week", "time": "09:00", "weekdays": [6]}, at(2026, 11, 29), at(2026, 12, 6)),
        ({"every": "month", "time": "09:00", "day": 31}, at(2026, 11, 29), at(2026, 11, 30)),
        ({"every": "month", "time": "09:00", "day": 31}, at(2027, 2, 1), at(2027, 2, 28)),
        ({"every": "month", "time": "09:00", "day": 1}, at(2026, 12, 1), at(2027, 1, 1)),
        ({"every": "once", "time": "18:30", "date": "2026-12-24"}, at(2026, 12, 24, 9), at(2026, 12, 24, 9, 30)),
        ({"every": "once", "time": "18:30", "date": "2026-12-24"}, at(2026, 12, 24, 9, 30), None),
        ({"every": "day", "time": "09:00", "zone": "Europe/Berlin"}, at(2026, 11, 29), at(2026, 11, 29, 8)),
    ],
)
def test_when_a_schedule_fires_next(settings: dict[str, Any], after: datetime, expected: datetime | None) -> None:
    assert next_scheduled(settings, after, TOKYO) == expected


def test_a_time_that_the_clocks_leave_out_comes_later_and_one_that_comes_twice_counts_once() -> None:
    daily = {"time": "02:30"}
    assert next_daily(daily, at(2026, 3, 28, 12), BERLIN) == at(2026, 3, 29, 1, 30)
    assert next_daily(daily, at(2026, 3, 29, 1, 30), BERLIN) == at(2026, 3, 30, 0, 30)
    assert next_daily(daily, at(2026, 10, 24, 12), BERLIN) == at(2026, 10, 25, 0, 30)
    assert next_daily(daily, at(2026, 10, 25, 0, 30), BERLIN) == at(2026, 10, 26, 1, 30)


@pytest.mark.parametrize(
    ("around", "days", "moment", "expected"),
    [
        ("on", None, at(2026, 11, 29), "2026-11-29"),
        ("before", 3, at(2026, 11, 29), "2026-12-02"),
        ("after", 7, at(2026, 11, 29), "2026-11-22"),
        ("on", 5, at(2026, 11, 29, 15), "2026-11-30"),
    ],
)
def test_which_date_is_reached(around: str, days: int | None, moment: datetime, expected: str) -> None:
    settings = {"around": around, "days": days}
    assert dates_due(settings, moment, TOKYO) == [expected]
    assert day_reached(settings, moment, TOKYO).isoformat() == expected


def test_a_date_of_every_year_is_reached_from_its_first_year_on() -> None:
    found = dates_due({"yearly": True}, at(2026, 5, 4), TOKYO)
    assert {"1950-05-04", "2026-05-04"} <= set(found)
    assert "2027-05-04" not in found and not any(one.endswith("05-05") for one in found)


def test_29_february_is_reached_on_the_28th_of_a_shorter_year() -> None:
    shorter, leap = at(2027, 2, 28), at(2028, 2, 28)
    assert "2000-02-29" in dates_due({"yearly": True}, shorter, TOKYO)
    assert "2000-02-28" in dates_due({"yearly": True}, shorter, TOKYO)
    assert "2000-02-29" not in dates_due({"yearly": True}, leap, TOKYO)
    assert "2000-02-29" in dates_due({"yearly": True}, at(2028, 2, 29), TOKYO)
    assert "2000-02-29" not in dates_due({"yearly": True}, at(2027, 3, 1), TOKYO)
    # Seven days before.
    assert "2000-02-29" in dates_due({"yearly": True, "around": "before", "days": 7}, at(2027, 2, 21), TOKYO)


@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Asia/Tokyo"])
def test_once_at_the_ends_of_the_calendar(zone: str) -> None:
    once = {"every": "once", "time": "23:00", "zone": zone}
    assert next_scheduled({**once, "date": "0001-01-01"}, at(2026, 11, 29), TOKYO) is None
    far = next_scheduled({**once, "date": "9999-12-31"}, at(2026, 11, 29), TOKYO)
    assert far is not None and far.year == 9000
