"""What time it is. `now` is this process' clock, which tests can move; times are aware and in UTC.

Due times and leases are written and compared with `database_now`, so that hosts whose clocks differ agree on them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, DateTime, func


def now() -> datetime:
    """Return the current time, aware, in UTC."""
    return datetime.now(UTC)


def database_now(after: timedelta | float = 0) -> ColumnElement[datetime]:
    """SQL for the database's time at the start of the statement, plus `after` (seconds or a duration)."""
    moment: ColumnElement[datetime] = func.statement_timestamp(type_=DateTime(timezone=True))
    wait = after if isinstance(after, timedelta) else timedelta(seconds=after)
    return moment + wait if wait else moment
