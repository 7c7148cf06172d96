"""Dates: read from what people type, and from what was stored."""

from __future__ import annotations

import re
from calendar import isleap
from datetime import date

from app.core.i18n import Text, _, _l
from app.core.values.errors import WrongValue
from app.core.values.typing_marks import plain

# Year first, as Japan and ISO 8601 write it; week dates and the orders of other countries are not guessed.
_WAYS = (
    re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})"),
    re.compile(r"([0-9]{4})\s*(年)\s*([0-9]{1,2})\s*月\s*([0-9]{1,2})\s*日"),
    re.compile(r"([0-9]{4})()([0-9]{2})([0-9]{2})"),
)
_STORED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
HELP: Text = _l("Year, month and day, such as 2026-04-01, 2026/4/1 or 2026年4月1日.")


def read_date(typed: str) -> str:
    """Read a date and return it as year-month-day; raises WrongValue."""
    written = plain(typed)
    for way in _WAYS:
        if found := way.fullmatch(written):
            year, _mark, month, day = found.groups()
            return _existing(int(year), int(month), int(day)).isoformat()
    raise WrongValue(_("Write the date as year, month and day, such as 2026-04-01 or 2026/4/1."))


def _existing(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError as error:
        raise WrongValue(_("The calendar has no such day. Write it as year, month and day: 2026-04-01.")) from error


def stored_date(value: object) -> date | None:
    """Return a stored year-month-day as a date; None for anything else that a program may have left there."""
    if not isinstance(value, str) or not _STORED.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def day_in_address(typed: str) -> date | None:
    """Read the day that a list is filtered by from a page's address; None for no day, or one at a calendar's end."""
    try:
        day = date.fromisoformat(read_date(typed))
    except WrongValue:
        return None
    return day if 1970 <= day.year < 9999 else None


def days_kept(day: date) -> list[str]:
    """Return which month-days, such as "04-24", have their yearly day on this one: without a leap day, 28 has 29's."""
    kept = f"{day:%m-%d}"
    return [kept, "02-29"] if kept == "02-28" and not isleap(day.year) else [kept]
