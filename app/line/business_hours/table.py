"""The weekly table as a value, and when it says that the account is open. Knows no database.

Hours are on the clocks of a time zone. Where clocks are set forward, a time that is left out counts as the moment of
the change; where they are set back, an opening begins at the first and ends at the second of the two equal times.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.line.business_hours.public_holidays import is_public_holiday

DAY = 24 * 60
# Longer than any row of holidays that people enter.
FARTHEST = timedelta(days=400)


@dataclass(frozen=True, order=True)
class Hours:
    """From and until a minute of the day; `until` is 1440 for midnight at its end."""

    start: int
    until: int


@dataclass(frozen=True)
class WeekTable:
    """Hours by weekday, Monday as 0, in order and apart; on holidays the account is closed.

    Beside single days these are the public holidays of a country (ISO 3166), but for days on which the account is open.
    """

    days: tuple[tuple[Hours, ...], ...] = ((),) * 7
    holidays: frozenset[date] = field(default_factory=frozenset)
    country: str = ""
    open_days: frozenset[date] = field(default_factory=frozenset)

    @property
    def has_hours(self) -> bool:
        """Return whether there is any opening; without one the account has no business hours."""
        return any(self.days)

    def hours_on(self, day: date) -> Sequence[Hours]:
        """Return the hours of a day; none on a holiday."""
        return () if self.is_holiday(day) else self.days[day.weekday()]

    def is_holiday(self, day: date) -> bool:
        """Return whether the account is closed all day, whatever weekday it is."""
        return day in self.holidays or (day not in self.open_days and is_public_holiday(self.country, day))


def is_open(table: WeekTable, moment: datetime, zone: ZoneInfo) -> bool:
    """Return whether the account is open; without a table it always is."""
    if not table.has_hours:
        return True
    today = moment.astimezone(zone).date()
    return any(start <= moment < until for start, until in _openings(table, today, zone, days=1))


def next_opening(table: WeekTable, moment: datetime, zone: ZoneInfo) -> datetime | None:
    """Return `moment` itself while the account is open, else when it opens next; None where it does not for a year."""
    if not table.has_hours:
        return moment
    # An opening of the day before may last until after midnight where clocks were set back.
    first = moment.astimezone(zone).date() - timedelta(days=1)
    for start, until in _openings(table, first, zone, days=FARTHEST.days):
        if moment < until:
            return max(moment, start)
    return None


def _openings(table: WeekTable, first: date, zone: ZoneInfo, *, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Yield the openings of these days in order; those that a change of clocks leaves out have no length."""
    for number in range(days):
        day = first + timedelta(days=number)
        for hours in table.hours_on(day):
            start = _moment(day, hours.start, zone, fold=0)
            until = _moment(day, hours.until, zone, fold=0 if hours.until == DAY else 1)
            if start < until:
                yield start, until


def _moment(day: date, minute: int, zone: ZoneInfo, *, fold: int) -> datetime:
    """Return the moment of a minute of the day; of two equal times the first with fold 0, the second with fold 1."""
    on = day + timedelta(days=minute // DAY)
    local = datetime.combine(on, time(minute % DAY // 60, minute % 60, fold=fold), zone)
    moment = local.astimezone(UTC)
    is_shown = moment.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
    return moment if is_shown else _change_of_clocks(local, zone)


def _change_of_clocks(left_out: datetime, zone: ZoneInfo) -> datetime:
    """Return when the clocks were set forward over a time that they never showed."""
    moment, later = (left_out.replace(fold=fold).astimezone(UTC) for fold in (1, 0))
    while moment.astimezone(zone).utcoffset() != later.astimezone(zone).utcoffset():
        moment += timedelta(minutes=1)
    return moment


def write(table: WeekTable) -> dict[str, Any]:
    """Return the table as it is stored."""
    days = [[[hours.start, hours.until] for hours in day] for day in table.days]
    return {
        "days": days,
        "holidays": _written(table.holidays),
        "country": table.country,
        "open_days": _written(table.open_days),
    }


def read(stored: Mapping[str, Any]) -> WeekTable:
    """Return a stored table."""
    days = tuple(tuple(Hours(*pair) for pair in day) for day in stored["days"])
    return WeekTable(days, _days(stored["holidays"]), stored.get("country", ""), _days(stored.get("open_days", ())))


def _written(days: Collection[date]) -> list[str]:
    return sorted(day.isoformat() for day in days)


def _days(written: Collection[str]) -> frozenset[date]:
    return frozenset(map(date.fromisoformat, written))


def of_week(
    days: Mapping[int, Collection[Hours]],
    holidays: Collection[date] = (),
    country: str = "",
    open_days: Collection[date] = (),
) -> WeekTable:
    """Return a table of hours by weekday; hours that touch or overlap become one opening."""
    hours = tuple(tuple(_joined(days.get(day, ()))) for day in range(7))
    return WeekTable(hours, frozenset(holidays), country, frozenset(open_days))


def _joined(found: Collection[Hours]) -> Iterator[Hours]:
    open_now: Hours | None = None
    for hours in sorted(found):
        if open_now is not None and hours.start <= open_now.until:
            open_now = Hours(open_now.start, max(open_now.until, hours.until))
            continue
        if open_now is not None:
            yield open_now
        open_now = hours
    if open_now is not None:
        yield open_now
