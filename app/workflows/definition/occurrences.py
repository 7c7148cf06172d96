"""When a trigger that follows the clock fires: at a time of day in a time zone, on days that its settings choose."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from app.core.i18n import Text, _l
from app.core.values.dates import days_kept
from app.workflows.definition.moments import at_time

# In so many days each rule has a day that fits.
HORIZON = 63
# Monday is 0.
WEEKDAYS: tuple[Text, ...] = (
    _l("Monday"),
    _l("Tuesday"),
    _l("Wednesday"),
    _l("Thursday"),
    _l("Friday"),
    _l("Saturday"),
    _l("Sunday"),
)
# The first year of dates that come again every year.
FIRST_YEAR = 1850


class Every(StrEnum):
    """How often a schedule fires."""

    ONCE = "once"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Around(StrEnum):
    """Whether a trigger fires on a date of a friend, or some days before or after it."""

    ON = "on"
    BEFORE = "before"
    AFTER = "after"


def zone_of(settings: Mapping[str, Any], usual: ZoneInfo) -> ZoneInfo:
    """Return the time zone that the settings name, else the usual one."""
    name = settings.get("zone")
    return ZoneInfo(name) if name else usual


def time_of(settings: Mapping[str, Any]) -> time:
    """Return the time of day."""
    return time.fromisoformat(str(settings.get("time") or "09:00"))


def next_scheduled(settings: Mapping[str, Any], after: datetime, usual: ZoneInfo) -> datetime | None:
    """Return the first moment of a schedule after this one; None where it fires once and has fired."""
    zone = zone_of(settings, usual)
    if settings.get("every") == Every.ONCE:
        moment = at_time(date.fromisoformat(settings["date"]), time_of(settings), zone)
        return moment if moment > after else None
    return _next(settings, after, zone, lambda day: _is_day(settings, day))


def next_daily(settings: Mapping[str, Any], after: datetime, usual: ZoneInfo) -> datetime:
    """Return the first moment after this one at the settings' time of day."""
    return _next(settings, after, zone_of(settings, usual), lambda _day: True)


def _next(settings: Mapping[str, Any], after: datetime, zone: ZoneInfo, fits: Callable[[date], bool]) -> datetime:
    first, clock = after.astimezone(zone).date(), time_of(settings)
    for ahead in range(HORIZON):
        day = first + timedelta(days=ahead)
        if fits(day) and (moment := at_time(day, clock, zone)) > after:
            return moment
    raise ValueError("No day of the schedule was found.")


def _is_day(settings: Mapping[str, Any], day: date) -> bool:
    match settings.get("every"):
        case Every.WEEK:
            return day.weekday() in (settings.get("weekdays") or ())
        case Every.MONTH:
            return day.day == min(int(settings["day"]), monthrange(day.year, day.month)[1])
    return True


def day_reached(settings: Mapping[str, Any], moment: datetime, usual: ZoneInfo) -> date:
    """Return the date for which a trigger fires at this moment: on it, or so many days before or after it."""
    days = timedelta(days=int(settings.get("days") or 0))
    ahead = {Around.BEFORE: days, Around.AFTER: -days}.get(settings.get("around", Around.ON), timedelta())
    return moment.astimezone(zone_of(settings, usual)).date() + ahead


def dates_due(settings: Mapping[str, Any], moment: datetime, usual: ZoneInfo) -> list[str]:
    """Return the dates, as friends have them, for which a trigger fires at this moment: of one year or of all so far.

    In a year without 29 February that date is reached on the 28th.
    """
    day = day_reached(settings, moment, usual)
    if not settings.get("yearly"):
        return [day.isoformat()]
    return [f"{year:04}-{ending}" for ending in days_kept(day) for year in range(FIRST_YEAR, day.year + 1)]
