"""Which contact belongs to which company, with primary company and labels, kept from the contact's side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from sandbox.hubspot.drawing import record_id
from sandbox.hubspot.population import FIRST_ID
from sandbox.hubspot.state import CONTACTS, TYPE_IDS, TYPE_NAMES, Portal, Record, Source

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

PRIMARY, PLAIN = 1, 279
# Each association type as it is called from the other side.
INVERSE = {PRIMARY: 2, PLAIN: 280}
OTHER = {CONTACTS: "companies", "companies": CONTACTS}
NAMES = {CONTACTS: "contact", "companies": "company"}


class Associations:
    """Reads and changes associations of all portals."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot

    def companies_of(self, portal: Portal, contact: int) -> dict[str, list[int]]:
        """Return the companies of a contact, each with its association types."""
        kept = portal.companies_of.get(str(contact))
        if kept is not None:
            return kept
        place, companies = contact - FIRST_ID, portal.population.companies
        if companies and 0 <= place < portal.population.contacts:
            return {str(FIRST_ID + place % companies): [PRIMARY, PLAIN]}
        return {}

    def contacts_of(self, portal: Portal, company: int) -> Iterator[tuple[int, list[int]]]:
        """Return the contacts of a company, each with its association types."""
        place, settings = company - FIRST_ID, portal.population
        if 0 <= place < settings.companies:
            for index in range(place, settings.contacts, settings.companies):
                if str(FIRST_ID + index) not in portal.companies_of:
                    yield FIRST_ID + index, [PRIMARY, PLAIN]
        for contact, companies in portal.companies_of.items():
            if str(company) in companies:
                yield int(contact), companies[str(company)]

    def of(self, portal: Portal, object_type: str, number: int) -> list[tuple[int, list[int]]]:
        """Return what a record is associated with, live ones only, types as its own side calls them."""
        book = self.hubspot.book(portal, OTHER[object_type])
        if object_type == CONTACTS:
            found = [(int(company), types) for company, types in self.companies_of(portal, number).items()]
        else:
            found = [
                (contact, [inverse(portal, t) for t in types]) for contact, types in self.contacts_of(portal, number)
            ]
        return [(other, types) for other, types in sorted(found) if (r := book.get(other)) is not None and r.is_live]

    def add(self, portal: Portal, contact: int, company: int, types: list[int], source: Source) -> list[int]:
        """Associate, with these types beside the plain one; the first company becomes the primary one."""
        companies = {other: list(kept) for other, kept in self.companies_of(portal, contact).items()}
        before = companies.get(str(company))
        has_primary = any(PRIMARY in kept for kept in companies.values())
        wanted = [*types, PLAIN, *([] if has_primary else [PRIMARY])]
        if PRIMARY in wanted:
            companies = {other: [t for t in kept if t != PRIMARY] for other, kept in companies.items()}
        companies[str(company)] = sorted({*companies.get(str(company), []), *wanted})
        portal.companies_of[str(contact)] = companies
        if companies[str(company)] != before:
            self.hubspot.events.associated(portal, contact, company, source, removed=False)
        self.hubspot.touch()
        return companies[str(company)]

    def remove(
        self, portal: Portal, contact: int, company: int, source: Source, types: list[int] | None = None
    ) -> None:
        """Take an association away, or only some of its types."""
        companies = {other: list(kept) for other, kept in self.companies_of(portal, contact).items()}
        if str(company) not in companies:
            return
        left = [] if types is None else [t for t in companies[str(company)] if t not in types]
        if left:
            companies[str(company)] = left
        else:
            del companies[str(company)]
        portal.companies_of[str(contact)] = companies
        self.hubspot.events.associated(portal, contact, company, source, removed=True)
        self.hubspot.touch()

    def take_over(self, portal: Portal, object_type: str, primary: Record, other: Record) -> None:
        """Give a merged record's associations to the survivor."""
        if object_type == CONTACTS:
            mine = dict(self.companies_of(portal, primary.id))
            taken = self.companies_of(portal, other.id)
            has_primary = any(PRIMARY in types for types in mine.values())
            for company, types in taken.items():
                mine.setdefault(company, [t for t in types if t != PRIMARY or not has_primary])
            portal.companies_of[str(primary.id)] = mine
            portal.companies_of[str(other.id)] = {}
            return
        for contact, types in list(self.contacts_of(portal, other.id)):
            companies = dict(self.companies_of(portal, contact))
            companies.pop(str(other.id), None)
            portal.companies_of[str(contact)] = {str(primary.id): types} | companies

    def wished(
        self, portal: Portal, object_type: str, record: Record, wishes: list[dict[str, Any]], source: Source
    ) -> None:
        """Make the associations that came along with a new record."""
        for wish in wishes:
            other = record_id(str((wish.get("to") or {}).get("id", "")))
            types = [int(entry.get("associationTypeId", 0)) for entry in wish.get("types") or []]
            if object_type == CONTACTS:
                self.add(portal, record.id, other, types, source)
            else:
                self.add(portal, other, record.id, [inverse(portal, t) for t in types], source)

    def beside(self, portal: Portal, object_type: str, record: Record, types: list[str]) -> dict[str, Any]:
        """Return the `associations` of an answer; absent where there are none."""
        found = self.of(portal, object_type, record.id) if OTHER[object_type] in types else []
        if not found:
            return {}
        mine, others = NAMES[object_type], NAMES[OTHER[object_type]]
        results = []
        for other, kinds in found:
            if PRIMARY in kinds or INVERSE[PRIMARY] in kinds:
                results.append({"id": str(other), "type": f"{mine}_to_{others}"})
            results.append({"id": str(other), "type": f"{mine}_to_{others}_unlabeled"})
        return {"associations": {OTHER[object_type]: {"results": results}}}


def inverse(portal: Portal, type_id: int) -> int:
    """Return how the other side calls an association type."""
    pairs: list[tuple[int, int]] = [
        *INVERSE.items(),
        *((label["typeId"], label["inverseTypeId"]) for label in portal.labels),
    ]
    for one, other in pairs:
        if type_id in (one, other):
            return other if type_id == one else one
    return type_id


def described(portal: Portal, type_id: int) -> dict[str, Any]:
    """Return an association type as answers show it."""
    if type_id in (PRIMARY, INVERSE[PRIMARY]):
        return {"category": "HUBSPOT_DEFINED", "typeId": type_id, "label": "Primary"}
    for label in portal.labels:
        if type_id == label["typeId"]:
            return {"category": "USER_DEFINED", "typeId": type_id, "label": label["label"]}
        if type_id == label["inverseTypeId"]:
            return {"category": "USER_DEFINED", "typeId": type_id, "label": label["inverseLabel"] or label["label"]}
    return {"category": "HUBSPOT_DEFINED", "typeId": type_id}


def type_id_of(object_type: str) -> str:
    return TYPE_IDS[TYPE_NAMES[object_type]]
