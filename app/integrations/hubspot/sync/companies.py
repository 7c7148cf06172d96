"""Read the companies of linked contacts: which one is primary, and what the companies are called.

HubSpot tells of another primary company neither by the contact's time nor by the company's. So each sync looks at the
contacts that changed, and at a share of all linked ones, one after the other: all of up to 20,000 each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import select, text

from app.core.db import db
from app.integrations.hubspot.gateway import associations, objects
from app.integrations.hubspot.gateway.objects import COMPANIES, CONTACTS
from app.integrations.hubspot.sync.cursor import SyncCursor
from app.integrations.hubspot.sync.names import WantedNames, wanted_names
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.hubspot.sync.reading import changed, last_id
from app.integrations.hubspot.sync.slices import SyncSlice
from app.integrations.shared.models import RemoteRecord
from app.integrations.shared.records import (
    COMPANY,
    set_companies,
    spread_companies,
    store_records,
)

# So many calls are made side by side, of contacts and companies that are known by name.
SIDE_BY_SIDE = 4
MOST_CONTACTS, MOST_COMPANIES = SIDE_BY_SIDE * associations.MOST, SIDE_BY_SIDE * objects.MOST
# So many linked contacts are asked for their company in each sync, beside those that changed.
SHARE = 20_000
PLACE = "associations_after"
_PENDING, _LINKED, _NAMES, _CHANGED = "", "linked", "names", "changed"
_LINKED_RECORDS = text("""
    SELECT DISTINCT remote_id FROM remote_links
    WHERE integration_id = :integration_id AND remote_id > :after
    ORDER BY remote_id LIMIT :limit
""")
_LINKED_PENDING = text("""
    SELECT remote_id FROM remote_records AS record
    WHERE integration_id = :integration_id AND kind = 'contact' AND is_pending AND remote_id > :after
      AND EXISTS (SELECT FROM remote_links AS link WHERE link.integration_id = record.integration_id
                  AND link.remote_id = record.remote_id)
    ORDER BY remote_id LIMIT :limit
""")
_NAMELESS = text("""
    SELECT DISTINCT company_id FROM remote_records AS contact
    WHERE integration_id = :integration_id AND kind = 'contact' AND company_id > :after
      AND (:again OR NOT EXISTS (
        SELECT FROM remote_records AS company WHERE company.integration_id = contact.integration_id
        AND company.kind = 'company' AND company.remote_id = contact.company_id))
    ORDER BY company_id LIMIT :limit
""")


def read_companies(sitting: SyncSlice) -> bool:
    """Go on with companies; returns whether all is read. Without a mapped property of companies there is nothing."""
    wanted = wanted_names(sitting.integration.id)
    db.session.commit()
    if not wanted.companies:
        return True
    while not sitting.is_over:
        cursor = sitting.cursor
        if cursor.step == _CHANGED:
            if cursor.is_full or _read_changed(sitting, wanted, cursor):
                sitting.save(cursor, add={"changed_companies": spread_companies(sitting.integration.id)})
                return True
        elif cursor.step == _NAMES:
            _read_names(sitting, wanted, cursor)
        else:
            _read_associations(sitting, cursor)
    return False


def _read_associations(sitting: SyncSlice, cursor: SyncCursor) -> None:
    """Read primary companies of a few thousand contacts: of those that changed first, then of linked ones in turn."""
    is_of_pending = cursor.step == _PENDING
    after = cursor.after if is_of_pending else str(sitting.integration.watermarks.get(PLACE) or "")
    ids = _ids(_LINKED_PENDING if is_of_pending else _LINKED_RECORDS, sitting, after, MOST_CONTACTS)
    if ids:
        companies = primary_companies(sitting.reader, ids)
        set_companies(sitting.integration.id, companies)
    is_done = len(ids) < MOST_CONTACTS
    names = replace(cursor, step=_NAMES, after="")
    if is_of_pending and not is_done:
        return sitting.save(replace(cursor, after=ids[-1]))
    if is_of_pending and cursor.is_full:
        # Each linked contact was among them.
        _keep_place(sitting, "")
        return sitting.save(names)
    if is_of_pending:
        return sitting.save(replace(cursor, step=_LINKED, after="0"))
    looked_at = int(cursor.after) + len(ids)
    _keep_place(sitting, "" if is_done else ids[-1])
    return sitting.save(names if is_done or looked_at >= SHARE else replace(cursor, after=str(looked_at)))


def primary_companies(reader: SyncReader, ids: Sequence[str]) -> dict[str, str]:
    """Ask for the primary companies of contacts, with no transaction open; empty for one without any."""
    db.session.commit()
    parts = _parts(ids, associations.MOST)
    answers = reader.call_all([associations.read_many(CONTACTS, COMPANIES, part) for part in parts])
    found = dict.fromkeys((one for answer in answers for one in answer.missing), "")
    for one in (each for answer in answers for each in answer.results):
        company, after = one.primary_company, one.after
        while company is None and after:
            rest = reader.call(associations.read_more(CONTACTS, COMPANIES, one.from_id, after)).results
            company, after = (rest[0].primary_company, rest[0].after) if rest else (None, None)
        found[one.from_id] = company or ""
    return found


def _read_names(sitting: SyncSlice, wanted: WantedNames, cursor: SyncCursor) -> None:
    """Read a few hundred companies: those that are new, in a complete reading all."""
    ids = _ids(_NAMELESS, sitting, cursor.after, MOST_COMPANIES, again=cursor.is_full)
    if not ids:
        return sitting.save(replace(cursor, step=_CHANGED, after=""))
    parts = _parts(ids, objects.MOST)
    answers = sitting.reader.call_all([objects.read_many(COMPANIES, part, wanted.companies) for part in parts])
    found = [record for answer in answers for record in answer.results]
    _store(sitting, wanted, found)
    return sitting.save(replace(cursor, after=ids[-1]), add={"companies": len(found)})


def _parts(ids: Sequence[str], most: int) -> list[Sequence[str]]:
    return [ids[at : at + most] for at in range(0, len(ids), most)]


def _read_changed(sitting: SyncSlice, wanted: WantedNames, cursor: SyncCursor) -> bool:
    """Read companies that changed, of which only those of known contacts are kept; returns whether that is all."""
    found = sitting.reader.call(changed(COMPANIES, cursor, wanted.companies)).records
    if not found:
        return True
    mine = (RemoteRecord.integration_id == sitting.integration.id, RemoteRecord.kind == COMPANY)
    ids = [record.id for record in found]
    known = set(db.session.scalars(select(RemoteRecord.remote_id).where(*mine, RemoteRecord.remote_id.in_(ids))))
    kept = [record for record in found if record.id in known]
    _store(sitting, wanted, kept)
    sitting.save(replace(cursor, after=last_id(found)), add={"companies": len(kept)})
    return False


def _store(sitting: SyncSlice, wanted: WantedNames, found: Iterable[objects.HubSpotRecord]) -> None:
    records = [wanted.company(record) for record in found]
    store_records(sitting.integration.id, COMPANY, records, run_id=sitting.run_id)


def _ids(query: object, sitting: SyncSlice, after: str, limit: int, **options: object) -> list[str]:
    about = {"integration_id": sitting.integration.id, "after": after, "limit": limit, **options}
    found = list(db.session.scalars(query, about))  # type: ignore[call-overload]
    db.session.commit()
    return found


def _keep_place(sitting: SyncSlice, place: str) -> None:
    sitting.integration.watermarks = {**sitting.integration.watermarks, PLACE: place}
