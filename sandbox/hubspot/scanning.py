"""Finding what a search asks for: known records one by one, computed ones by their stamps where that is enough.

The ids that meet a search are kept until the index changes, so that page after page by record id stays quick.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.hubspot import population
from sandbox.hubspot.filters import Filter, comparable
from sandbox.hubspot.population import FIRST_ID
from sandbox.hubspot.state import Portal

if TYPE_CHECKING:
    from sandbox.hubspot.book import Book
    from sandbox.hubspot.hubspot import HubSpot
    from sandbox.hubspot.index import SearchIndex

BREATH = 5000
# Properties of computed records that follow from the place alone and never fall.
ID, STAMPS = "hs_object_id", ("createdate", "lastmodifieddate", "hs_lastmodifieddate")
Values = dict[str, str]


@dataclass(frozen=True)
class Question:
    """What is searched for, and in which order."""

    groups: list[list[Filter]]
    sort: tuple[str, bool]
    query: str

    def holds(self, values: Values) -> bool:
        """Whether a record meets any group and the words."""
        if self.groups and not any(all(entry.holds(values) for entry in group) for group in self.groups):
            return False
        return not self.query or any(self.query in value.casefold() for value in values.values())


async def found(
    hubspot: HubSpot, portal: Portal, object_type: str, question: Question, after: int, limit: int
) -> tuple[int, list[tuple[int, Values]]]:
    """Return how many records there are, and one page of them as the index knows them."""
    book, index = hubspot.book(portal, object_type), hubspot.index(portal, object_type)
    index.catch_up()
    rest, beyond = _without_key(question)
    ids = await matching(book, index, rest)
    if question.sort == (ID, False):
        ids = ids[bisect_right(ids, beyond) :]
    else:
        ids = [number for number in ids if number > beyond]
        ids = _sorted(portal, object_type, book, index, ids, question.sort)
    return len(ids), [(number, _values(book, index, number)) for number in ids[after : after + limit]]


def _without_key(question: Question) -> tuple[Question, int]:
    """Take "record id greater than" out of a single group, so that its pages share one answer."""
    if len(question.groups) != 1:
        return question, -1
    keys = [entry for entry in question.groups[0] if entry.name == ID and entry.operator == "GT"]
    others = [entry for entry in question.groups[0] if entry not in keys]
    beyond = int(max((entry.low for entry in keys), default=-1))
    return Question([others] if others else [], question.sort, question.query), beyond


async def matching(book: Book, index: SearchIndex, question: Question) -> list[int]:
    """Return the ids that meet a question by the index, in order."""
    key = repr((question.groups, question.query, book.computed))
    if index.answered is not None and index.answered[:2] == (key, index.generation):
        return index.answered[2]
    generation = index.generation
    computed = [number async for number in _computed(book, index, question)]
    known = [number for number in index.ids if (values := index.known[number]) is not None and question.holds(values)]
    ids = sorted(computed + known)
    index.answered = (key, generation, ids)
    return ids


async def _computed(book: Book, index: SearchIndex, question: Question) -> Any:
    """Yield the ids of computed records that the index knows nothing newer of."""
    by_place = not question.query and all(e.name == ID or e.name in STAMPS for group in question.groups for e in group)
    spans = _spans(book, question) if by_place else iter([(0, book.computed)])
    seen = 0
    for first, last in spans:
        for place in range(first, last):
            number = FIRST_ID + place
            if number not in index.known and (by_place or question.holds(_computed_values(book, number))):
                yield number
            seen += 1
            if seen % BREATH == 0:
                await asyncio.sleep(0)


def _spans(book: Book, question: Question) -> Iterator[tuple[int, int]]:
    """Yield the stretches of places whose id and stamp meet the filters: one stamp at a time is asked."""
    if not question.groups:
        yield 0, book.computed
        return
    size = book.portal.population.per_stamp if not _asks_id(question) else 1
    size = max(1, size)
    for first in range(0, book.computed, size):
        if question.holds(_place_values(book, first)):
            yield first, min(first + size, book.computed)


def _asks_id(question: Question) -> bool:
    return any(entry.name == ID for group in question.groups for entry in group)


def _place_values(book: Book, place: int) -> Values:
    stamp = str(population.stamp(place, book.portal.population.per_stamp))
    return {ID: str(FIRST_ID + place), **dict.fromkeys(STAMPS, stamp)}


def _computed_values(book: Book, number: int) -> Values:
    return book.compute(number).properties


def _values(book: Book, index: SearchIndex, number: int) -> Values:
    return index.known.get(number) or _computed_values(book, number)


def _sorted(
    portal: Portal, object_type: str, book: Book, index: SearchIndex, ids: list[int], sort: tuple[str, bool]
) -> list[int]:
    """Return ids in the order of a property; those without a value come last."""
    name, descending = sort
    kind = portal.properties[object_type].get(name, {}).get("type", "string")
    keyed, empty = [], []
    for number in ids:
        value = _values(book, index, number).get(name)
        if value:
            keyed.append((comparable(value, kind), number))
        else:
            empty.append(number)
    keyed.sort(key=lambda pair: pair[0], reverse=descending)
    return [number for _, number in keyed] + empty
