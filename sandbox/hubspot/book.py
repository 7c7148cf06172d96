"""The records of one type in one portal: computed ones until something touches them, then kept ones."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator
from itertools import islice

from sandbox.hubspot import population
from sandbox.hubspot.catalogue import MODIFIED
from sandbox.hubspot.population import FIRST_ID, FIRST_MADE
from sandbox.hubspot.state import CONTACTS, Change, Portal, Record
from sandbox.hubspot.values import iso

# What computed records came from.
IMPORT = "IMPORT"


class Book:
    """Finds, keeps and pages records."""

    def __init__(self, portal: Portal, object_type: str) -> None:
        self.portal = portal
        self.object_type = object_type
        self._list = portal.records.setdefault(object_type, [])
        self.kept: dict[int, Record] = {record.id: record for record in self._list}
        self._made: list[int] = sorted(number for number in self.kept if number >= FIRST_MADE)
        self._unique: dict[str, dict[str, int]] = {name: {} for name in self.unique_names()}
        for record in self._list:
            self._note_unique(record)

    @property
    def computed(self) -> int:
        """Return how many records are computed."""
        settings = self.portal.population
        return settings.contacts if self.object_type == CONTACTS else settings.companies

    def unique_names(self) -> list[str]:
        """Return the properties whose values no two records share."""
        definitions = self.portal.properties[self.object_type].values()
        own = [entry["name"] for entry in definitions if entry["hasUniqueValue"]]
        return ["email", *own] if self.object_type == CONTACTS else own

    def get(self, number: int) -> Record | None:
        """Return the record with exactly this id, whatever became of it."""
        record = self.kept.get(number)
        if record is None and 0 <= number - FIRST_ID < self.computed:
            return self.compute(number)
        return None if record is not None and record.erased else record

    def resolve(self, number: int) -> Record | None:
        """Return the record that answers for this id: after merges the survivor."""
        record = self.get(number)
        while record is not None and record.merged_into is not None:
            record = self.get(record.merged_into)
        return record

    def compute(self, number: int) -> Record:
        """Return a computed record as it was before anything touched it."""
        index = number - FIRST_ID
        values = population.properties_of(index, is_contact=self.object_type == CONTACTS)
        at = population.stamp(index, self.portal.population.per_stamp)
        moment = iso(at)
        values |= {"createdate": moment, MODIFIED[self.object_type]: moment, "hs_object_id": str(number)}
        return Record(number, at, at, values)

    def new(self, now: int) -> Record:
        """Make and keep an empty record."""
        number = self.portal.next_ids.get(self.object_type, FIRST_MADE)
        self.portal.next_ids[self.object_type] = number + 1
        moment = iso(now)
        values = {"createdate": moment, MODIFIED[self.object_type]: moment, "hs_object_id": str(number)}
        record = Record(number, now, now, values)
        self.keep(record)
        return record

    def keep(self, record: Record) -> None:
        """Keep a record that is about to change; computed values become the oldest entries of its history."""
        if record.id in self.kept:
            return
        for name, value in record.properties.items():
            record.history[name] = [Change(value, record.created_at, IMPORT, "population")]
        self.kept[record.id] = record
        self._list.append(record)
        if record.id >= FIRST_MADE:
            insort(self._made, record.id)
        self._note_unique(record)

    def by_unique(self, name: str, value: str) -> Record | None:
        """Return the live record with this value of a unique property."""
        wanted = value.strip().lower() if name == "email" else value
        number = self._unique.setdefault(name, {}).get(wanted)
        if number is None and name == "email":
            index = population.index_of_mail(wanted)
            if index is not None and index < self.computed and FIRST_ID + index not in self.kept:
                number = FIRST_ID + index
        return None if number is None or not value else self.get(number)

    def _note_unique(self, record: Record) -> None:
        for name, known in self._unique.items():
            value = record.properties.get(name)
            if value and record.is_live:
                known[value] = record.id

    def forget_unique(self, record: Record) -> None:
        """Give the unique values of a record free, before they change or it goes."""
        for name, known in self._unique.items():
            value = record.properties.get(name)
            if value and known.get(value) == record.id:
                del known[value]

    def note_unique(self, record: Record) -> None:
        """Claim the unique values of a record, after they changed or it came back."""
        for name in self.unique_names():
            self._unique.setdefault(name, {})
        self._note_unique(record)

    def ids_after(self, number: int) -> Iterator[int]:
        """Return all ids beyond this one, in order."""
        yield from range(max(FIRST_ID, number + 1), FIRST_ID + self.computed)
        yield from self._made[bisect_right(self._made, number) :]

    def live_after(self, number: int) -> Iterator[Record]:
        """Return live records beyond this id, in order."""
        for candidate in self.ids_after(number):
            record = self.kept.get(candidate) or self.compute(candidate)
            if record.is_live:
                yield record

    def page(self, after: int, limit: int, *, archived: bool) -> list[Record]:
        """Return a page of live or archived records and one more, which tells that there is a next page."""
        if archived:
            gone = sorted((r for r in self._list if r.archived_at and not r.erased and r.id > after), key=_by_id)
            return gone[: limit + 1]
        return list(islice(self.live_after(after), limit + 1))

    def size(self) -> int:
        """Return how many live records there are."""
        computed_gone = sum(not record.is_live for record in self._list if record.id < FIRST_MADE)
        made = sum(self.kept[number].is_live for number in self._made)
        return self.computed - computed_gone + made


def _by_id(record: Record) -> int:
    return record.id
