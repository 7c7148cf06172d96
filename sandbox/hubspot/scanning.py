"""Finding what a search asks for: known records one by one, computed ones by their place where that is enough.

The ids that meet a search are kept until the index changes, so that page after page by record id stays quick.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox.hubspot.filters import Filter, comparable
from sandbox.hubspot.plan import computed_ids
from sandbox.hubspot.state import Portal

if TYPE_CHECKING:
    from sandbox.hubspot.book import Book
    from sandbox.hubspot.hubspot import HubSpot
    from sandbox.hubspot.index import SearchIndex

ID = "hs_object_id"
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
    key, generation = repr((question.groups, question.query, book.portal.population)), index.generation
    if key in index.answered:
        return index.answered[key]
    found: set[int] = set()
    for group in question.groups or [[]]:
        found.update(await computed_ids(book, index.known, group, question.query))
    found.update(number for number in index.ids if (values := index.known[number]) and question.holds(values))
    ids = sorted(found)
    if index.generation == generation:
        index.keep_answer(key, ids)
    return ids


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
