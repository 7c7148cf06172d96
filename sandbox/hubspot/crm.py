"""What can be done with records, by an app or by a person at the screen: each act tells index, lists and listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.hubspot.book import Book
from sandbox.hubspot.catalogue import MODIFIED
from sandbox.hubspot.state import CONTACTS, Change, Portal, Record, Source
from sandbox.hubspot.values import Problem, checked, iso

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot


class BadProperties(Exception):
    """Values that are refused; all problems at once."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("Property values were not valid")
        self.problems = problems


class Conflict(Exception):
    """A contact with this e-mail address exists."""

    def __init__(self, number: int) -> None:
        super().__init__(f"Contact already exists. Existing ID: {number}")
        self.number = number


class Crm:
    """The records of one type in one portal, with all that a change moves."""

    def __init__(self, hubspot: HubSpot, portal: Portal, object_type: str) -> None:
        self.hubspot = hubspot
        self.portal = portal
        self.object_type = object_type
        self.book: Book = hubspot.book(portal, object_type)

    @property
    def now(self) -> int:
        return self.hubspot.now_ms()

    def create(self, values: dict[str, Any], source: Source) -> Record:
        """Make a record out of values; raises `BadProperties` or `Conflict` and then makes none."""
        kept = self.check(values, None)
        record = self.book.new(self.now)
        for name in record.properties:
            record.history[name] = [Change(record.properties[name], self.now, source.kind, source.id, source.user_id)]
        self._set(record, kept, source)
        self.hubspot.events.created(self.portal, self.object_type, record, source)
        self._tell(record, dict.fromkeys(kept, ""), source)
        return record

    def update(self, record: Record, values: dict[str, Any], source: Source) -> Record:
        """Change values of a record; raises `BadProperties` or `Conflict` and then changes none."""
        kept = self.check(values, record)
        if not self.portal.switches.same_value_is_write:
            kept = {name: value for name, value in kept.items() if record.properties.get(name, "") != value}
        if kept:
            self.book.keep(record)
            before = {name: record.properties.get(name, "") for name in kept}
            self._set(record, kept, source)
            self._tell(record, before, source)
        return record

    def check(self, values: dict[str, Any], record: Record | None) -> dict[str, str]:
        """Return the values as they would be kept for a record, or for a new one."""
        current = record.properties if record else {}
        kept, problems = checked(self.portal.properties[self.object_type], values, current)
        problems += self._missing(current | kept)
        for name in self.book.unique_names():
            owner = self.book.by_unique(name, kept[name]) if kept.get(name) else None
            if owner is None or (record is not None and owner.id == record.id):
                continue
            if name == "email":
                raise Conflict(owner.id)
            words = f"{kept[name]} is already the value of {name} of record {owner.id}."
            problems.append(Problem(name, "CONFLICTING_UNIQUE_VALUE", words))
        if problems:
            raise BadProperties(problems)
        return kept

    def _missing(self, whole: dict[str, str]) -> list[Problem]:
        if self.object_type != CONTACTS:
            return []
        demanded = self.portal.switches.required_properties
        return [
            Problem(name, "MISSING_REQUIRED_PROPERTY", f'Property "{name}" is required.')
            for name in demanded
            if not whole.get(name)
        ]

    def _set(self, record: Record, values: dict[str, str], source: Source) -> None:
        """Set values together with the modification time, which every write moves, also one of an app."""
        self.book.forget_unique(record)
        record.updated_at = now = self.now
        for name, value in {**values, MODIFIED[self.object_type]: iso(now)}.items():
            record.properties[name] = value
            entries = record.history.setdefault(name, [])
            entries.insert(0, Change(value, now, source.kind, source.id, source.user_id))
            del entries[self.portal.switches.history_depth :]
        self.book.note_unique(record)
        self.reindex(record)

    def reindex(self, record: Record) -> None:
        """Let the search index and the active lists learn of a record, each in its own time."""
        self.hubspot.index(self.portal, self.object_type).write(record)
        self.hubspot.touch()

    def _tell(self, record: Record, before: dict[str, str], source: Source) -> None:
        for name, old in before.items():
            if record.properties.get(name, "") != old:
                self.hubspot.events.changed(self.portal, self.object_type, record, name, source)

    def archive(self, record: Record, source: Source) -> None:
        """Delete a record so that it can be restored."""
        self.book.keep(record)
        self.book.forget_unique(record)
        record.archived_at = self.now
        self.hubspot.lists.drop(self.portal, self.object_type, record)
        self.reindex(record)
        self.hubspot.events.deleted(self.portal, self.object_type, record, source)

    def restore(self, record: Record, source: Source) -> None:
        """Bring an archived record back; its unique values must still be free."""
        for name in self.book.unique_names():
            owner = self.book.by_unique(name, record.properties.get(name, ""))
            if owner is not None:
                raise Conflict(owner.id)
        record.archived_at = None
        self._set(record, {}, source)
        self.hubspot.events.restored(self.portal, self.object_type, record, source)

    def erase(self, record: Record, source: Source) -> None:
        """Delete a record and all its values for good, as the law may ask."""
        self.book.keep(record)
        self.book.forget_unique(record)
        record.erased, record.properties, record.history = True, {"hs_object_id": str(record.id)}, {}
        self.hubspot.lists.drop(self.portal, self.object_type, record)
        self.reindex(record)
        self.hubspot.events.erased(self.portal, self.object_type, record, source)

    def merge(self, primary: Record, other: Record, source: Source) -> Record:
        """Merge the second record into the first: its id leads there, and its values fill what is empty."""
        for record in (primary, other):
            self.book.keep(record)
        self.book.forget_unique(other)
        other.merged_into = primary.id
        mine, calculated = primary.properties, self.portal.properties[self.object_type]
        moved = {
            name: value
            for name, value in other.properties.items()
            if value and not mine.get(name) and not (name in calculated and calculated[name]["calculated"])
        }
        primary.merged |= {**other.merged, str(other.id): self.now}
        self._set(primary, moved | self._merge_told(primary), source)
        self.hubspot.associations.take_over(self.portal, self.object_type, primary, other)
        self.hubspot.lists.drop(self.portal, self.object_type, other, primary)
        self.reindex(other)
        self.hubspot.events.merged(self.portal, self.object_type, primary, other, len(moved), source)
        return primary

    def _merge_told(self, record: Record) -> dict[str, str]:
        told = self.portal.switches.merge_told_in
        values = {}
        if told in ("both", "object_ids"):
            values["hs_merged_object_ids"] = ";".join(record.merged)
        if told in ("both", "vids") and self.object_type == CONTACTS:
            values["hs_calculated_merged_vids"] = ";".join(f"{number}:{at}" for number, at in record.merged.items())
        return values
