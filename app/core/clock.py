"""What time it is. `now` is this process' clock, which tests can move; times are aware and in UTC.

Due times and leases are written and compared with `database_now`, so that hosts whose clocks differ agree on them.
The database's own clock may be set back or forward: a lease is judged by `has_lapsed`, and the sweep draws in what
became due further ahead than anything is put off.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import ColumnElement, DateTime, func, or_

# A clock that is wrong by more than this is no clock.
MOST_AHEAD = timedelta(days=1)
# The first moment whose date is one in every time zone.
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)


# What a simulation takes for now; None outside of one.
_pretended: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    """Return the current time, aware, in UTC; in a simulation its own."""
    return pretended_now() or datetime.now(UTC)


def pretended_now() -> datetime | None:
    """Return what a simulation takes for now; None outside of one."""
    return _pretended.get()


@contextmanager
def pretending(moment: datetime) -> Iterator[None]:
    """Let this moment be now, and its day today, for what the block does. The database's clock stays as it is."""
    token = _pretended.set(moment)
    try:
        yield
    finally:
        _pretended.reset(token)


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


def has_lapsed(until: Any, length: timedelta | float) -> ColumnElement[bool]:
    """SQL for whether a lease that was taken for `length` is over, or was never taken.

    One that ends much later than any taken now could end is of a time before the clock was set back: its holder would
    have renewed it.
    """
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    return or_(until.is_(None), until < database_now(), until > database_now(2 * seconds))
