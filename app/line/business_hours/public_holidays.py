"""Public holidays of countries by date, with their names; computed, and remembered year by year."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from functools import lru_cache

import holidays
from babel import Locale
from holidays.registry import EntityLoader

FIRST = "JP"
ENGLISH = "en"


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """Return the countries (ISO 3166) of which holidays are known."""
    return frozenset(EntityLoader.get_country_codes(include_aliases=False))


@lru_cache(maxsize=8)
def choices(language: str) -> list[tuple[str, str]]:
    """Return code and name of these countries in the reader's language, by name; Japan comes first."""
    names = Locale.parse(language).territories
    found = ((code, str(names.get(code, code))) for code in countries())
    return sorted(found, key=lambda pair: (pair[0] != FIRST, pair[1]))


def is_public_holiday(country: str, day: date) -> bool:
    """Return whether a day is a public holiday of the country; no day is one of a country that is not known."""
    return day in names_of(country, day.year, ENGLISH)


def ahead(country: str, first: date, language: str) -> list[tuple[date, str]]:
    """Return the holidays of a country from a day to the end of the year after it, in order, each with its name."""
    found = (names_of(country, year, language).items() for year in (first.year, first.year + 1))
    return [(day, name) for of_year in found for day, name in of_year if day >= first]


@lru_cache(maxsize=1_000)
def names_of(country: str, year: int, language: str) -> Mapping[date, str]:
    """Return the country's public holidays of a year with their names.

    Names are in the language where they are known in it, else in English, else in one of the country's.
    """
    if country not in countries():
        return {}
    kind = type(holidays.country_holidays(country))
    spoken = _language(kind.supported_languages, kind.default_language or "", language)
    found = holidays.country_holidays(country, years=year, language=spoken, expand=False)
    return {day: name for day, name in sorted(found.items()) if day.year == year}


def _language(supported: Collection[str], usual: str, wanted: str) -> str | None:
    """Return the name of the language as the list has it; the country's own before others of the same language."""
    order = sorted(supported, key=lambda one: (one != usual, one))
    for language in (wanted, ENGLISH):
        found = next((one for one in order if one.partition("_")[0] == language), None)
        if found is not None:
            return found
    return usual or None
