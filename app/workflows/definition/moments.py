"""Moments at which a run goes on, on the clocks of a time zone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

UNITS = ("minutes", "hours", "days", "weeks")
MOST_DAYS = 366 * 3
# The largest amount of a wait; a larger one counts as this one.
MOST_AMOUNT = 1_000
# Days before and after these count as these, since nothing can be added to the last day that the calendar has.
FIRST_DAY, LAST_DAY = date(1000, 1, 1), date(9000, 1, 1)


def later(moment: datetime, amount: int, unit: str, zone: ZoneInfo) -> datetime:
    """Return the moment after an amount; days and weeks keep the time on the clocks."""
    amount = min(amount, MOST_AMOUNT)
    if unit in ("minutes", "hours"):
        return moment + timedelta(**{unit: amount})
    local = moment.astimezone(zone)
    days = amount * 7 if unit == "weeks" else amount
    return at_time(local.date() + timedelta(days=days), local.time(), zone)


def at_time(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """Return the moment of a day at a time; a time that the clocks leave out becomes as much later."""
    within = min(max(day, FIRST_DAY), LAST_DAY)
    return datetime.combine(within, clock.replace(fold=0), zone).astimezone(UTC).astimezone(zone).astimezone(UTC)


def days_after(day: date, days: int) -> date:
    """Return the day so many days later, or earlier where the number is less than 0."""
    return date.fromordinal(min(max(day.toordinal() + days, FIRST_DAY.toordinal()), LAST_DAY.toordinal()))


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
