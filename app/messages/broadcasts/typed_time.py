"""Moments that members type as the date and time on the clocks of a time zone.

Clocks that are set forward leave times out, and clocks that are set back show some twice.
"""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from app.core.errors import InvalidInput
from app.core.i18n import _, _l
from app.team import time_zones

WRITTEN = "%Y-%m-%dT%H:%M"
FIRST, SECOND = "first", "second"


def written(moment: datetime | None, zone: str | None) -> str:
    """Return the moment as its field takes it, without its seconds."""
    return moment.astimezone(ZoneInfo(zone or "UTC")).strftime(WRITTEN) if moment else ""


def turn_of(moment: datetime | None, zone: str | None) -> str:
    """Return which of two equal times of a day the moment is; "" where there is only one."""
    if moment is None:
        return ""
    local = moment.astimezone(ZoneInfo(zone or "UTC"))
    return (SECOND if local.fold else FIRST) if _is_doubled(local) else ""


def moment_of(typed: str, zone: str, turn: str = "") -> datetime:
    """Return the moment in UTC; `turn` says which one is meant where clocks show the time twice.

    Raises InvalidInput for `time_zone`, for `scheduled_at` (no time, or one that clocks leave out), and for `turn`.
    """
    name = time_zones.find(zone)
    if name is None:
        raise InvalidInput(time_zone=_l("Choose a time zone from the list."))
    local = _read(typed).replace(tzinfo=ZoneInfo(name))
    moment = local.astimezone(UTC)
    back = moment.astimezone(local.tzinfo)
    if back.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise InvalidInput(scheduled_at=_left_out(local, back, name))
    if not _is_doubled(local):
        return moment
    if turn not in (FIRST, SECOND):
        raise InvalidInput(turn=_l("Clocks are set back then, so this time comes twice. Choose which one is meant."))
    return local.replace(fold=int(turn == SECOND)).astimezone(UTC)


def offset_of(moment: datetime, zone: str) -> str:
    """Return how far the zone's clocks are from UTC at this moment, as in UTC+9 or UTC-3:30."""
    offset = moment.astimezone(ZoneInfo(zone)).utcoffset()
    minutes = int(offset.total_seconds()) // 60 if offset else 0
    sign, (hours, rest) = "-" if minutes < 0 else "+", divmod(abs(minutes), 60)
    return f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")


def _read(typed: str) -> datetime:
    try:
        return datetime.strptime(typed[:16], WRITTEN)  # noqa: DTZ007 - its zone is added by the caller.
    except ValueError:
        raise InvalidInput(scheduled_at=_l("Enter a date and a time.")) from None


def _is_doubled(local: datetime) -> bool:
    return local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()


def _left_out(local: datetime, back: datetime, zone: str) -> str:
    return _(
        "%(time)s does not exist on this day in %(zone)s: clocks are set forward then. The next such time is %(next)s.",
        time=local.strftime("%H:%M"),
        zone=zone,
        next=back.strftime("%H:%M"),
    )
