"""Moments: what people type as date and time, and the hours that clocks leave out or show twice."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.core.values.errors import WrongValue
from app.core.values.moments import FIRST, SECOND, Doubled, offset_of, read_moment, turn_of, written

NEW_YORK, TOKYO = "America/New_York", "Asia/Tokyo"


@pytest.mark.parametrize(
    ("typed", "moment"),
    [
        ("2035-01-02T09:30", datetime(2035, 1, 2, 0, 30, tzinfo=UTC)),
        ("2035-01-02T09:30:15", datetime(2035, 1, 2, 0, 30, 15, tzinfo=UTC)),
        (" 2035/1/2  9:30 ", datetime(2035, 1, 2, 0, 30, tzinfo=UTC)),
        ("２０３５年１月２日 ９：３０", datetime(2035, 1, 2, 0, 30, tzinfo=UTC)),
    ],
)
def test_moments_are_read_as_people_write_them(typed: str, moment: datetime) -> None:
    assert read_moment(typed, TOKYO) == moment


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Write date and time as in"),
        ("2035-01-02", "Write date and time as in"),
        ("2035-01-02T24:00", "Write date and time as in"),
        ("2035-01-02T09:30+09:00", "without a time zone"),
        ("2035-01-02T09:30Z", "without a time zone"),
        ("2035-01-02T09:30 and much more than a moment", "Write date and time as in"),
        ("2035-02-30T09:30", "no such day"),
        ("0001-01-01T00:00", "Choose a year from 1970 to 2999."),
        ("9999-12-31T23:59", "Choose a year from 1970 to 2999."),
        ("2035-03-11T02:30", "02:30 does not exist on this day in America/New_York: clocks are set forward then. The "),
    ],
)
def test_what_is_no_moment_is_refused_with_its_sentence(app: object, typed: str, words: str) -> None:
    with pytest.raises(WrongValue) as refusal:
        read_moment(typed, NEW_YORK)
    assert words in refusal.value.message


def test_a_time_that_comes_twice_is_asked_for(app: object) -> None:
    with pytest.raises(Doubled):
        read_moment("2035-11-04T01:30", NEW_YORK)
    first, second = (read_moment("2035-11-04T01:30", NEW_YORK, turn) for turn in (FIRST, SECOND))
    assert (first.hour, second.hour) == (5, 6)
    assert (turn_of(first, NEW_YORK), turn_of(second, NEW_YORK), turn_of(first, TOKYO)) == (FIRST, SECOND, "")
    assert written(first, NEW_YORK) == written(second, NEW_YORK) == "2035-11-04T01:30"


def test_offsets_are_spelled_with_their_minutes() -> None:
    moment = datetime(2035, 1, 1, tzinfo=UTC)
    assert [offset_of(moment, zone) for zone in (TOKYO, "America/St_Johns", "UTC")] == ["UTC+9", "UTC-3:30", "UTC+0"]
