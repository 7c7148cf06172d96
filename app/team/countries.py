"""Countries that a workspace can be in: phone numbers without a country code belong to it."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.core import get_global

from app.core.values.phones import regions

DEFAULT = "JP"


def is_known(code: str) -> bool:
    """Return whether phone numbers of this country (ISO 3166) can be read."""
    return code in regions()


def of_time_zone(zone: str) -> str:
    """Return the country of an IANA time zone; Japan where a zone belongs to none."""
    found = str(get_global("zone_territories").get(zone, DEFAULT))
    return found if is_known(found) else DEFAULT


@lru_cache(maxsize=8)
def choices(language: str) -> list[tuple[str, str]]:
    """Return code and name of every country in the reader's language, by name."""
    names = Locale.parse(language).territories
    return sorted(((code, names.get(code, code)) for code in regions()), key=lambda pair: pair[1])
