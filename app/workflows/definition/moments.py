"""Moments at which a run goes on, on the clocks of a time zone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

UNITS = ("minutes", "hours", "days", "weeks")
MOST_DAYS = 366 * 3


def later(moment: datetime, amount: int, unit: str, zone: ZoneInfo) -> datetime:
    """Return the moment after an amount; days and weeks keep the time on the clocks."""
    if unit in ("minutes", "hours"):
        return moment + timedelta(**{unit: amount})
    local = moment.astimezone(zone)
    days = amount * 7 if unit == "weeks" else amount
    return at_time(local.date() + timedelta(days=days), local.time(), zone)


def at_time(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment of a day at a time; a time that the clocks leave out becomes as much later."""
    return datetime.combine(day, clock.replace(fold=0), zone).astimezone(UTC).astimezone(zone).astimezone(UTC)


def next_time(moment: datetime, clock: time, weekdays: Collection[int], zone: ZoneInfo) -> datetime:
    """Return the first moment from `moment` on at this time, on one of these weekdays (Monday is 0; none: any)."""
    day = moment.astimezone(zone).date()
    for ahead in range(9):
        found = at_time(day + timedelta(days=ahead), clock, zone)
        if found >= moment and (not weekdays or (day + timedelta(days=ahead)).weekday() in weekdays):
            return found
    raise ValueError("There is no such weekday.")


def on_weekday(moment: datetime, weekdays: Collection[int], zone: ZoneInfo) -> datetime:
    """Return the moment, or the same time on the next of these weekdays."""
    local = moment.astimezone(zone)
    return next_time(moment, local.time(), weekdays, zone) if weekdays else moment
