"""The lists of a portal: who is in them now, and what happens to members when records change or go."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from sandbox.hubspot.branches import parsed_branch
from sandbox.hubspot.drawing import record_id
from sandbox.hubspot.scanning import Question, matching
from sandbox.hubspot.state import ObjectList, Portal, Record

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

ACTIVE, STATIC, SNAPSHOT = "DYNAMIC", "MANUAL", "SNAPSHOT"
Member = tuple[int, int]


class Lists:
    """Members by hand and by filters, in all portals."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot
        # For each list: the search answer by which its members stand, and its members in order with their keys.
        self._settled: dict[tuple[str, str], list[int]] = {}
        self._ordered: dict[tuple[str, str, bool], tuple[list[Member], list[int]]] = {}

    def live(self, portal: Portal) -> list[ObjectList]:
        return [found for found in portal.lists.values() if found.deleted_at is None]

    def make(self, portal: Portal, name: str, object_type: str, processing: str, filters: Any = None) -> ObjectList:
        """Make a list; one with filters processes for as long as the portal's switch says."""
        now = self.hubspot.now_ms()
        made = ObjectList(str(portal.next_id()), name, object_type, processing, now, now, filters=filters)
        made.complete_at = now + int(portal.switches.list_seconds * 1000)
        portal.lists[made.id] = made
        self.hubspot.touch()
        return made

    def refilter(self, portal: Portal, found: ObjectList, filters: Any) -> None:
        """Give an active list other filters; it processes again."""
        now = self.hubspot.now_ms()
        found.filters, found.version, found.updated_at = filters, found.version + 1, now
        found.complete_at = now + int(portal.switches.list_seconds * 1000)
        self.hubspot.touch()

    async def settle(self, portal: Portal, found: ObjectList) -> None:
        """Let an active list have the members that its filters ask for by the index; a snapshot is filled once."""
        if found.filters is None or (found.processing == SNAPSHOT and found.filled):
            return
        groups = parsed_branch(found.filters, portal.properties[found.object_type])
        book, index = self.hubspot.book(portal, found.object_type), self.hubspot.index(portal, found.object_type)
        index.catch_up()
        answer = await matching(book, index, Question(groups, ("hs_object_id", False), ""))
        if self._settled.get((portal.portal_id, found.id)) is answer:
            return
        ids, found.filled = {str(number) for number in answer}, True
        self.join(portal, found, [number for number in ids if number not in found.members])
        held = {*found.pinned, *ids}
        self.leave(portal, found, [number for number in found.members if number not in held])
        self._settled[portal.portal_id, found.id] = answer

    async def settle_all(self, portal: Portal) -> None:
        for found in self.live(portal):
            await self.settle(portal, found)

    def join(self, portal: Portal, found: ObjectList, numbers: list[str]) -> list[str]:
        """Add members; those that are in already are left out of the answer."""
        now = self.hubspot.now_ms()
        new = [number for number in dict.fromkeys(numbers) if number not in found.members]
        self._forget(portal, found)
        found.members |= dict.fromkeys(new, now)
        if new:
            self.hubspot.events.joined(portal, found.id, [int(number) for number in new], removed=False)
            self.hubspot.touch()
        return new

    def leave(self, portal: Portal, found: ObjectList, numbers: list[str]) -> list[str]:
        """Remove members; those that are not in are left out of the answer."""
        gone = [number for number in dict.fromkeys(numbers) if found.members.pop(number, None) is not None]
        self._forget(portal, found)
        if gone:
            self.hubspot.events.joined(portal, found.id, [int(number) for number in gone], removed=True)
            self.hubspot.touch()
        return gone

    def _forget(self, portal: Portal, found: ObjectList) -> None:
        """Look again at who is in a list and in which order, after members came or went."""
        self._settled.pop((portal.portal_id, found.id), None)
        for by_join in (True, False):
            self._ordered.pop((portal.portal_id, found.id, by_join), None)

    def forget(self, portal: Portal) -> None:
        """Forget what was worked out for the lists of a portal."""
        for found in portal.lists.values():
            self._forget(portal, found)

    def _rows(self, portal: Portal, found: ObjectList, *, by_join: bool) -> tuple[list[Member], list[int]]:
        """Return members in order, with the keys of that order; kept while the list is complete."""
        place, key = (portal.portal_id, found.id, by_join), joined_key if by_join else record_key
        is_complete = self.status(found) == "COMPLETE"
        if is_complete and place in self._ordered:
            return self._ordered[place]
        rows = sorted(((int(number), at) for number, at in self.members(portal, found).items()), key=key)
        ordered = rows, [key(row) for row in rows]
        if is_complete:
            self._ordered[place] = ordered
        return ordered

    def drop(self, portal: Portal, object_type: str, record: Record, survivor: Record | None = None) -> None:
        """Take a record that goes out of all lists; a survivor of a merge takes its place."""
        for found in self.live(portal):
            if found.object_type == object_type and self.leave(portal, found, [str(record.id)]) and survivor:
                self.join(portal, found, [str(survivor.id)])

    def status(self, found: ObjectList) -> str:
        if found.told_status is not None:
            return found.told_status
        return "PROCESSING" if self.hubspot.now_ms() < found.complete_at else "COMPLETE"

    def members(self, portal: Portal, found: ObjectList) -> dict[str, int]:
        """Return record ids with join times; while a list processes, only a part of them."""
        if self.status(found) == "COMPLETE":
            return found.members
        whole = max(1, int(portal.switches.list_seconds * 1000))
        share = 0.5 if found.told_status else 1 - min(1.0, (found.complete_at - self.hubspot.now_ms()) / whole)
        return dict(list(found.members.items())[: int(len(found.members) * share)])

    def page(
        self, portal: Portal, found: ObjectList, limit: int, *, by_join: bool, after: int | None, before: int | None
    ) -> tuple[list[Member], bool, bool, int]:
        """Return a page as (record id, join time), whether there is more behind and before it, and the total."""
        rows, keys = self._rows(portal, found, by_join=by_join)
        if after is None and before is not None:
            end = bisect_right(keys, before - 1)
            start = max(0, end - limit)
        else:
            start = bisect_right(keys, after or 0)
            end = min(len(rows), start + limit)
        return rows[start:end], end < len(rows), start > 0, len(rows)

    def known(self, portal: Portal, found: ObjectList, numbers: list[str]) -> tuple[list[str], list[str]]:
        """Split ids into those of live records, under which they are kept, and the others."""
        book = self.hubspot.book(portal, found.object_type)
        there, missing = [], []
        for number in numbers:
            record = book.resolve(record_id(str(number)))
            if record is not None and record.is_live:
                there.append(str(record.id))
            else:
                missing.append(str(number))
        return there, missing


def record_key(member: Member) -> int:
    return member[0]


def joined_key(member: Member) -> int:
    """Return a number that grows with the time of joining, then with the record id."""
    return member[1] * 10**12 + member[0]
