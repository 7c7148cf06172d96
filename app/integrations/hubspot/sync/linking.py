"""Link friends to contacts, once all of them are read: an address that two of them have leads to neither."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from app.core.db import db
from app.friends.operations.friends import lock_friends
from app.integrations.hubspot.sync.slices import SyncSlice
from app.integrations.shared.links import store_links
from app.integrations.shared.matching import find_friends
from app.integrations.shared.models import Integration
from app.integrations.shared.records import CONTACT, pending_records

BATCH = 1000


def find_all_friends(sitting: SyncSlice) -> bool:
    """Link friends to contacts that wait to be applied; returns whether all were looked at."""
    while not sitting.is_over:
        cursor = sitting.cursor
        records = pending_records(sitting.integration.id, CONTACT, limit=BATCH, after=cursor.after)
        if not records:
            db.session.commit()
            return True
        linked = match_contacts(sitting.integration, [record.remote_id for record in records])
        sitting.save(replace(cursor, after=records[-1].remote_id), add={"linked": linked})
    return False


def match_contacts(integration: Integration, remote_ids: Collection[str]) -> int:
    """Link friends to these stored contacts and commit; returns how many links are new."""
    if not remote_ids or not (matches := find_friends(integration.id, remote_ids)):
        return 0
    locked = {match.friend_id for match in matches}
    lock_friends(locked)
    # Found once more, as they may have changed until they were locked.
    found = [match for match in find_friends(integration.id, remote_ids) if match.friend_id in locked]
    new = store_links(integration, found)
    db.session.commit()
    return new
