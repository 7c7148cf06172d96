"""After a complete reading: contacts that it did not see were deleted, merged, or made in between."""

from __future__ import annotations

from dataclasses import replace

from app.core.db import db
from app.integrations.hubspot.gateway import objects
from app.integrations.hubspot.gateway.objects import CONTACTS
from app.integrations.hubspot.sync.names import wanted_names
from app.integrations.hubspot.sync.present import still_there
from app.integrations.hubspot.sync.rereading import store_again
from app.integrations.hubspot.sync.slices import SyncSlice
from app.integrations.shared.records import unseen_contacts


def look_for_vanished(sitting: SyncSlice) -> bool:
    """Ask HubSpot once more for contacts that were not seen, and drop those that are gone; returns whether all are."""
    wanted, integration = wanted_names(sitting.integration.id), sitting.integration
    while not sitting.is_over:
        cursor = sitting.cursor
        ids = unseen_contacts(integration.id, sitting.run_id, limit=objects.MOST, after=cursor.after)
        db.session.commit()
        if not ids:
            return True
        answer = sitting.reader.call(objects.read_many(CONTACTS, ids, wanted.of_contacts))
        wanted = still_there(integration, sitting.reader, wanted, answer.results)
        _touched, gone = store_again(integration, wanted, ids, answer, sitting.run_id)
        sitting.save(replace(cursor, after=ids[-1]), add={"gone": len(gone)})
    return False
