"""After a complete reading: contacts that it did not see were deleted, merged, or made in between."""

from __future__ import annotations

from dataclasses import replace

from app.core.db import db
from app.integrations.hubspot.gateway import objects
from app.integrations.hubspot.gateway.objects import CONTACTS
from app.integrations.hubspot.sync.names import wanted_names
from app.integrations.hubspot.sync.slices import SyncSlice
from app.integrations.hubspot.sync.storing import forget_contacts, store_contacts
from app.integrations.shared.records import CONTACT, unseen


def look_for_vanished(sitting: SyncSlice) -> bool:
    """Ask HubSpot once more for contacts that were not seen, and drop those that are gone; returns whether all are."""
    wanted, integration = wanted_names(sitting.integration.id), sitting.integration
    while not sitting.is_over:
        cursor = sitting.cursor
        ids = unseen(integration.id, CONTACT, sitting.run_id, limit=objects.MOST, after=cursor.after)
        db.session.commit()
        if not ids:
            return True
        found = sitting.reader.call(objects.read_many(CONTACTS, ids, wanted.of_contacts)).results
        store_contacts(integration, wanted, found, run_id=sitting.run_id, again=True)
        db.session.commit()
        there = {record.id for record in found if not record.is_archived}
        gone = [one for one in ids if one not in there]
        forget_contacts(integration, gone)
        sitting.save(replace(cursor, after=ids[-1]), add={"gone": len(gone)})
    return False
