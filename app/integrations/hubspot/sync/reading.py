"""Read contacts: all of them page by page, or those that changed, in windows of time and by their ids.

The search of HubSpot ends after 10,000 records, so it is never asked for a further page: the next question has a
greater id in it. Its index lags, so that each window begins before the end of the last one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from app.core.db import db
from app.integrations.hubspot.gateway import objects
from app.integrations.hubspot.gateway.objects import CONTACTS, MODIFIED, HubSpotRecord, RecordPage, where
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.hubspot.sync.cursor import SyncCursor
from app.integrations.hubspot.sync.names import WantedNames, wanted_names
from app.integrations.hubspot.sync.present import still_there
from app.integrations.hubspot.sync.reader import PagesAhead, SyncReader
from app.integrations.hubspot.sync.slices import SyncSlice
from app.integrations.hubspot.sync.storing import store_contacts

# Longer lists of properties make the address of a page too long; their values are read in batches.
LONGEST_NAMES = 4000


def read_contacts(sitting: SyncSlice) -> bool:
    """Read and store contacts for a while; returns whether all are read."""
    wanted = wanted_names(sitting.integration.id)
    db.session.commit()
    return _read_all(sitting, wanted) if sitting.cursor.is_full else _read_changes(sitting, wanted)


def changed(
    object_type: str, cursor: SyncCursor, names: Sequence[str], after: str | None = None
) -> HubSpotRequest[RecordPage]:
    """Ask for records that changed within the cursor's window, behind the last id."""
    filters = [
        where(MODIFIED[object_type], "GTE", _milliseconds(cursor.low)),
        where(MODIFIED[object_type], "LT", _milliseconds(cursor.high)),
        where("hs_object_id", "GT", (cursor.after if after is None else after) or "0"),
    ]
    return objects.search(object_type, filters, names)


def last_id(found: Sequence[HubSpotRecord]) -> str:
    """Return the greatest id of a page."""
    return str(max(int(record.id) for record in found))


def _read_all(sitting: SyncSlice, wanted: WantedNames) -> bool:
    names = wanted.of_contacts
    is_long = len(",".join(names)) > LONGEST_NAMES
    asked = ("hs_object_id",) if is_long else names

    def request(after: str | None) -> HubSpotRequest[RecordPage]:
        return objects.page(CONTACTS, asked, after)

    def following(page: RecordPage) -> HubSpotRequest[RecordPage] | None:
        return request(page.after) if page.after else None

    after: str | None = sitting.cursor.after or None
    with PagesAhead(sitting.reader, request(after), following) as pages:
        for page in pages:
            found, after = _filled(sitting.reader, page.records, names) if is_long else page.records, page.after
            wanted = _store(sitting, wanted, found, replace(sitting.cursor, after=after or ""))
            if sitting.is_over:
                pages.stop()
    return after is None


def _read_changes(sitting: SyncSlice, wanted: WantedNames) -> bool:
    cursor, names = sitting.cursor, wanted.of_contacts

    def following(page: RecordPage) -> HubSpotRequest[RecordPage] | None:
        return changed(CONTACTS, cursor, names, last_id(page.records)) if page.records else None

    with PagesAhead(sitting.reader, changed(CONTACTS, cursor, names), following) as pages:
        for page in pages:
            if not page.records:
                return True
            wanted = _store(sitting, wanted, page.records, replace(cursor, after=last_id(page.records)))
            if sitting.is_over:
                pages.stop()
    return False


def _store(sitting: SyncSlice, wanted: WantedNames, found: Sequence[HubSpotRecord], cursor: SyncCursor) -> WantedNames:
    """Store a page; returns what is read from here on."""
    wanted = still_there(sitting.integration, sitting.reader, wanted, found)
    # A complete reading compares every contact again, which heals whatever went wrong before.
    store_contacts(sitting.integration, wanted, found, run_id=sitting.run_id, is_full=cursor.is_full)
    sitting.save(cursor, add={"contacts": len(found)}, done=len(found))
    return wanted


def _filled(reader: SyncReader, found: Sequence[HubSpotRecord], names: Sequence[str]) -> list[HubSpotRecord]:
    """Return the records with their values, which did not fit into the address of the page."""
    return reader.call(objects.read_many(CONTACTS, [record.id for record in found], names)).results if found else []


def _milliseconds(moment: str) -> str:
    return str(round(datetime.fromisoformat(moment).timestamp() * 1000))
