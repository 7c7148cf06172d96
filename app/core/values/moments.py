"""Moments: the date and time on the clocks of a time zone, read from what people type and spelled for its field.

Clocks that are set forward leave times out, and clocks that are set back show some twice.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from app.core.i18n import Text, _, _l
from app.core.values.dates import read_date
from app.core.values.errors import WrongValue
from app.core.values.typing_marks import plain

FIRST, SECOND = "first", "second"
TURNS: tuple[tuple[str, Text], ...] = (
    ("", _l("Choose")),
    (FIRST, _l("The first, before clocks are set back")),
    (SECOND, _l("The second, after clocks were set back")),
)
# Every store and every time zone can hold moments of these years.
FIRST_YEAR, LAST_YEAR = 1970, 2999
WRONG_YEAR = _l("Choose a year from %(first)s to %(last)s.", first=str(FIRST_YEAR), last=str(LAST_YEAR))
# As browsers send it and as people write it. An offset is no part of it: the zone is chosen beside it.
_TYPED = re.compile(r"(\S+?)(?:T|\s+)([0-9]{1,2}):([0-9]{2})(?::([0-9]{2}))?")
_NO_MOMENT = _l("Write date and time as in 2026-04-01 09:30, without a time zone or anything else behind it.")


class Doubled(WrongValue):
    """Clocks show this time twice, and it was not said which one is meant."""


def read_moment(typed: str, zone: str, turn: str = "") -> datetime:
    """Read a date and time on the clocks of an IANA time zone and return it in UTC; raises WrongValue.

    `turn` (FIRST or SECOND) says which one is meant where clocks show the time twice; without it that raises Doubled.
    """
    local = _read(typed).replace(tzinfo=ZoneInfo(zone))
    moment = local.astimezone(UTC)
    back = moment.astimezone(local.tzinfo)
    if back.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise WrongValue(_left_out(local, back, zone))
    if not _is_doubled(local):
        return moment
    if turn not in (FIRST, SECOND):
        raise Doubled(_("Clocks are set back then, so this time comes twice. Choose which one is meant."))
    return local.replace(fold=int(turn == SECOND)).astimezone(UTC)


def written(moment: datetime | None, zone: str | None) -> str:
    """Return the moment as its field takes it, without its seconds."""
    return moment.astimezone(ZoneInfo(zone or "UTC")).strftime("%Y-%m-%dT%H:%M") if moment else ""


def turn_of(moment: datetime | None, zone: str | None) -> str:
    """Return which of two equal times of a day the moment is; "" where there is only one."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(zone or "UTC"))
    return (SECOND if local.fold else FIRST) if _is_doubled(local) else ""


def offset_of(moment: datetime, zone: str) -> str:
    """Return how far the zone's clocks are from UTC at this moment, as in UTC+9 or UTC-3:30."""
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset else 0
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def _read(typed: str) -> datetime:
    found = _TYPED.fullmatch(plain(typed))
    if found is None:
        raise WrongValue(str(_NO_MOMENT))
    day, *parts = found.groups()
    read = date.fromisoformat(read_date(day))
    if not FIRST_YEAR <= read.year <= LAST_YEAR:
        raise WrongValue(str(WRONG_YEAR))
    try:
        hour, minute, second = (int(part or 0) for part in parts)
        return datetime.combine(read, time(hour, minute, second))
    except ValueError:
        raise WrongValue(str(_NO_MOMENT)) from None


def _is_doubled(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _left_out(local: datetime, back: datetime, zone: str) -> str:
    return _(
        "%(time)s does not exist on this day in %(zone)s: clocks are set forward then. The next such time is %(next)s.",
        time=local.strftime("%H:%M"),
        zone=zone,
        next=back.strftime("%H:%M"),
    )
