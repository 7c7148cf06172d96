"""Which days a condition on a date means, as of today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from app.core.values.dates import days_kept

# The month of today, and the one after it.
RELATIVE_MONTHS = ("this", "next")
MONTHS = (*RELATIVE_MONTHS, *(str(month) for month in range(1, 13)))
# In so many days each day of a year comes.
YEAR = 366


def days_that_fit(operator: str, values: Sequence[Any], today: date) -> tuple[date | None, date | None]:
    """Return the first day that fits and the day after the last one; None where there is no end.

    "In the last N days" counts today as day 0 and knows no future, "in the next N days" counts it and knows no past;
    "more than N days ago" is all that lies before.
    """
    if operator in {"last_days", "days_ago", "exactly_ago"}:
        since = _shifted(today, -values[0])
        return {
            "last_days": (since, _next(today)),
            "days_ago": (None, since),
            "exactly_ago": (since, _next(since)),
        }[operator]
    if operator in {"next_days", "exactly_ahead"}:
        until = _shifted(today, values[0])
        return (today if operator == "next_days" else until, _next(until))
    low, high = date.fromisoformat(values[0]), date.fromisoformat(values[-1])
    return {
        "on": (low, _next(low)),
        "between": (low, _next(high)),
        "before": (None, low),
        # No day comes after the calendar's last one.
        "after": (_next(low), None) if _next(low) else (low, low),
    }[operator]


def month_days_that_fit(operator: str, values: Sequence[Any], today: date) -> list[str] | None:
    """Return the days of the year that fit, as "04-24"; None where the operator asks for days of one year."""
    if operator == "anniversary_exactly_ahead":
        return days_kept(_shifted(today, values[0]))
    if operator != "anniversary_next_days":
        return None
    days = (_shifted(today, ahead) for ahead in range(min(values[0], YEAR) + 1))
    return sorted({kept for day in days for kept in days_kept(day)})


def months_that_fit(values: Sequence[str], today: date) -> list[str]:
    """Return the months that were chosen as two digits, with "this" and "next" as of today."""
    relative = {"this": today.month, "next": today.month % 12 + 1}
    return sorted({f"{relative.get(value) or int(value):02}" for value in values})


def _shifted(day: date, days: int) -> date:
    """Return the day so many days later; at most the calendar's last or first one."""
    return date.fromordinal(min(max(day.toordinal() + days, 1), date.max.toordinal()))


def _next(day: date) -> date | None:
    """Return the next day; None after the calendar's last one, which is often written for "never ends"."""
    return None if day == date.max else day + timedelta(days=1)
