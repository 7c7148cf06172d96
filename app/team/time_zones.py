"""The IANA time zones that a workspace can choose from, with names that people recognise."""

from __future__ import annotations

from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_timezone_gmt, get_timezone_location

from app.core.clock import now

# Old names such as `Japan` and offsets such as `Etc/GMT-9` are understood, but not offered.
REGIONS = (
    "Africa/",
    "America/",
    "Antarctica/",
    "Arctic/",
    "Asia/",
    "Atlantic/",
    "Australia/",
    "Europe/",
    "Indian/",
    "Pacific/",
)


def find(typed: str) -> str | None:
    """Return the zone's own spelling, whatever the case it was typed in; None when there is none."""
    return _by_folded_name().get(typed.strip().casefold())


@cache
def _by_folded_name() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def choices(language: str) -> list[tuple[str, str]]:
    """Return every zone worth offering, with its distance from UTC today and its place in the reader's language."""
    return _choices(language, now().replace(hour=0, minute=0, second=0, microsecond=0))


@lru_cache(maxsize=8)
def _choices(language: str, day: datetime) -> list[tuple[str, str]]:
    names = sorted(name for name in available_timezones() if name == "UTC" or name.startswith(REGIONS))
    return [(name, _label(name, language, day)) for name in names]


def _label(name: str, language: str, day: datetime) -> str:
    local = day.astimezone(ZoneInfo(name))
    place = get_timezone_location(name, locale=language, return_city=True)
    return f"{get_timezone_gmt(local, 'long', locale=language)} {place}"
