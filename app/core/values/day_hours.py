"""Hours of a day, read from what people type: "9:00-12:00, 13:00-18:00"."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.core.i18n import _
from app.core.values.errors import WrongValue
from app.core.values.typing_marks import plain

DAY = 24 * 60
_ONE = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-~〜]\s*([0-9]{1,2}):([0-9]{2})")
_BETWEEN = re.compile(r"\s*[,、]\s*")


def read_day_hours(typed: str) -> list[tuple[int, int]]:
    """Return the minutes of the day from and until which each of the hours lasts; raises WrongValue."""
    written = plain(typed)
    return [_read(one) for one in _BETWEEN.split(written)] if written else []


def written_day_hours(hours: Iterable[tuple[int, int]]) -> str:
    """Return hours as they are typed."""
    return ", ".join(f"{start // 60}:{start % 60:02}-{until // 60}:{until % 60:02}" for start, until in hours)


def _read(one: str) -> tuple[int, int]:
    found = _ONE.fullmatch(one)
    if not found or int(found[2]) > 59 or int(found[4]) > 59:
        raise WrongValue(_("Write hours as 9:00-18:00, and several as 9:00-12:00, 13:00-18:00."))
    start, until = int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])
    if not start < until <= DAY:
        raise WrongValue(_("Hours end later than they begin, at 24:00 at the latest."))
    return start, until
