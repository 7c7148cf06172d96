"""Which computed records meet a group of filters, without making the records.

Ids and modification times follow from the place and never fall with it, so that filters on them leave a stretch of
places; an e-mail address names its place; only what else is asked is looked at place by place.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Container, Iterable
from typing import TYPE_CHECKING

from sandbox.hubspot import population
from sandbox.hubspot.filters import Filter
from sandbox.hubspot.population import FIRST_ID, Make
from sandbox.hubspot.state import CONTACTS

if TYPE_CHECKING:
    from sandbox.hubspot.book import Book

BREATH = 20_000
ID, STAMPS = "hs_object_id", ("createdate", "lastmodifieddate", "hs_lastmodifieddate")
BOUNDS = ("EQ", "GT", "GTE", "LT", "LTE", "BETWEEN")


async def computed_ids(book: Book, known: Container[int], group: list[Filter], query: str) -> list[int]:
    """Return the ids of computed records that meet all filters and the words, without those that are known better."""
    stretch, named, makers = _stretch(book, group), _named(book, group), _makers(book)
    places: Iterable[int] = stretch if named is None else [place for place in sorted(named) if place in stretch]
    checks = [entry for entry in group if not _is_bound(entry)]
    if any(entry.name not in makers and not entry.holds({}) for entry in checks):
        return []
    asked = [(entry, makers[entry.name]) for entry in checks if entry.name in makers]
    words = list(makers.values()) if query else []
    is_contact, found = book.object_type == CONTACTS, []
    for seen, place in enumerate(places, start=1):
        number = FIRST_ID + place
        if number not in known and (not (asked or query) or _meets(place, is_contact, asked, words, query)):
            found.append(number)
        if seen % BREATH == 0:
            await asyncio.sleep(0)
    return found


def _is_bound(entry: Filter) -> bool:
    """Whether a filter leaves a stretch of places."""
    return entry.operator in BOUNDS and (entry.name == ID or entry.name in STAMPS)


def _stretch(book: Book, group: list[Filter]) -> range:
    """Return the places that the filters on ids and times leave."""
    first, last = 0, book.computed
    per_stamp = max(1, book.portal.population.per_stamp)
    for entry in filter(_is_bound, group):
        size = 1 if entry.name == ID else per_stamp
        count = -(-book.computed // size)
        low, high = _bounds(entry, count, _id_at if entry.name == ID else _stamp_at)
        first, last = max(first, low * size), min(last, high * size)
    return range(first, max(first, last))


def _id_at(step: int) -> int:
    return FIRST_ID + step


def _stamp_at(step: int) -> int:
    return population.stamp(step, 1)


def _bounds(entry: Filter, count: int, value: Callable[[int], int]) -> tuple[int, int]:
    """Return the first step that meets a filter and the one behind the last, among steps whose values grow."""
    steps = range(count)
    highest = entry.high if entry.operator == "BETWEEN" else entry.low
    low = high = 0
    if entry.operator in ("EQ", "GTE", "BETWEEN"):
        low = bisect_left(steps, entry.low, key=value)
    if entry.operator == "GT":
        low = bisect_right(steps, entry.low, key=value)
    high = count
    if entry.operator in ("EQ", "LTE", "BETWEEN"):
        high = bisect_right(steps, highest, key=value)
    if entry.operator == "LT":
        high = bisect_left(steps, entry.low, key=value)
    return low, high


def _named(book: Book, group: list[Filter]) -> set[int] | None:
    """Return the places that filters on e-mail addresses name; None when there is no such filter."""
    if book.object_type != CONTACTS:
        return None
    named: set[int] | None = None
    for entry in group:
        if entry.name == "email" and entry.operator in ("EQ", "IN"):
            wanted = entry.values if entry.operator == "IN" else [entry.low]
            places = {place for mail in wanted if (place := population.index_of_mail(str(mail))) is not None}
            named = places if named is None else named & places
    return named


def _makers(book: Book) -> dict[str, Make]:
    """Return how each computed value is made, by name of property."""
    per_stamp = book.portal.population.per_stamp
    own: dict[str, Make] = {ID: lambda place, _luck: str(_id_at(place))}
    own |= dict.fromkeys(STAMPS, lambda place, _luck: str(population.stamp(place, per_stamp)))
    return {**(population.CONTACT if book.object_type == CONTACTS else population.COMPANY), **own}


def _meets(place: int, is_contact: bool, asked: list[tuple[Filter, Make]], words: list[Make], query: str) -> bool:
    luck = population.luck_of(place, is_contact=is_contact)
    if not all(entry.holds({entry.name: make(place, luck)}) for entry, make in asked):
        return False
    return not words or any(query in make(place, luck).casefold() for make in words)
