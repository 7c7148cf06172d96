"""What time it is. `now` is this process' clock, which tests can move; times are aware and in UTC.

Due times and leases are written and compared with `database_now`, so that hosts whose clocks differ agree on them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import ColumnElement, DateTime, func

# A clock that is wrong by more than this is no clock.
MOST_AHEAD = timedelta(days=1)
# The first moment whose date is one in every time zone.
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def told_moment(milliseconds: int | None, at: datetime) -> datetime:
    """Return the moment that another service tells, in milliseconds since 1970, to a reader at `at`.

    A missing one, one before 1970, and one more than a day ahead of `at` become `at`: such a moment would order
    everything wrongly for years, and perhaps no time zone can show it.
    """
    try:
        told = at if milliseconds is None else datetime.fromtimestamp(milliseconds / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return at
    return told if EARLIEST <= told <= at + MOST_AHEAD else at


def in_zone(moment: datetime, place: tzinfo) -> datetime | None:
    """Return the moment on the clocks of a time zone; None for one beyond the calendar there."""
    try:
        return moment.astimezone(place)
    except OverflowError:
        return None


def database_now(after: timedelta | float = 0) -> ColumnElement[datetime]:
    """SQL for the database's time at the start of the statement, plus `after` (seconds or a duration)."""
    moment: ColumnElement[datetime] = func.statement_timestamp(type_=DateTime(timezone=True))
    wait = after if isinstance(after, timedelta) else timedelta(seconds=after)
    return moment + wait if wait else moment
