"""The IANA time zones that a workspace can choose from, with names that people recognise."""

from __future__ import annotations

from datetime import datetime
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel.dates import get_timezone_gmt, get_timezone_location
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app.core.clock import now
from app.core.db import db

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


# Python lists these where the machine has such files, but they are no zones of the IANA database.
NO_ZONES = frozenset({"localtime", "posixrules", "Factory"})
_IN_DATABASE = text("SELECT name, CAST(extract(epoch FROM utc_offset) AS int) AS seconds FROM pg_timezone_names")
_OF_DATABASE = text("SELECT CAST(extract(epoch FROM (now() AT TIME ZONE :zone) - (now() AT TIME ZONE 'UTC')) AS int)")


def find(typed: str) -> str | None:
    """Return the zone's own spelling, whatever the case it was typed in; None when there is none."""
    return _by_folded_name().get(typed.strip().casefold())


@cache
def _by_folded_name() -> dict[str, str]:
    return {name.casefold(): name for name in _known()}


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones()) - NO_ZONES


def disagreement(zone: str) -> str | None:
    """Return which of those that reckon with this zone does not know it: "Python", "Babel" or "PostgreSQL".

    PostgreSQL has a list of its own, which may be older; it must also have the same time there now.
    """
    if zone not in _known():
        return "Python"
    try:
        _label(zone, "en", now())
    except (LookupError, ValueError):
        return "Babel"
    return None if _offset_in_database(zone) == _offset(zone) else "PostgreSQL"


def _offset(zone: str) -> int | None:
    offset = now().astimezone(ZoneInfo(zone)).utcoffset()
    return None if offset is None else round(offset.total_seconds())


def _offset_in_database(zone: str) -> int | None:
    try:
        with db.session.begin_nested():
            return int(db.session.execute(_OF_DATABASE, {"zone": zone}).scalar_one())
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        return None


def choices(language: str) -> list[tuple[str, str]]:
    """Return every zone worth offering, with its distance from UTC today and its place in the reader's language."""
    return _choices(language, now().replace(hour=0, minute=0, second=0, microsecond=0))


@lru_cache(maxsize=8)
def _choices(language: str, day: datetime) -> list[tuple[str, str]]:
    there = {row.name: row.seconds for row in db.session.execute(_IN_DATABASE)}
    agreed = [name for name in _known() if there.get(name) == _offset(name)]
    names = sorted(name for name in agreed if name == "UTC" or name.startswith(REGIONS))
    return [(name, _label(name, language, day)) for name in names]


def _label(name: str, language: str, day: datetime) -> str:
    local = day.astimezone(ZoneInfo(name))
    place = get_timezone_location(name, locale=language, return_city=True)
    return f"{get_timezone_gmt(local, 'long', locale=language)} {place}"
