"""Link friends to contacts, once all of them are read: an address that two of them have leads to neither."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from app.core.db import db
from app.friends.operations.friends import lock_friends
from app.integrations.hubspot.sync.slices import SyncSlice
from app.integrations.shared.links import linked_records, store_links
from app.integrations.shared.matching import find_friends
from app.integrations.shared.models import Integration
from app.integrations.shared.records import CONTACT, applied, pending_versions

BATCH = 1000


def find_all_friends(sitting: SyncSlice) -> bool:
    """Link friends to contacts that wait to be applied; returns whether all were looked at.

    Contacts without a friend have nothing to be applied.
    """
    integration_id = sitting.integration.id
    while not sitting.is_over:
        cursor = sitting.cursor
        waiting = pending_versions(integration_id, CONTACT, limit=BATCH, after=cursor.after)
        if not waiting:
            db.session.commit()
            return True
        ids = [one.remote_id for one in waiting]
        new = match_contacts(sitting.integration, ids)
        linked = linked_records(integration_id, ids)
        applied(integration_id, CONTACT, [one for one in waiting if one.remote_id not in linked])
        sitting.save(replace(cursor, after=ids[-1]), add={"linked": new})
    return False


def match_contacts(integration: Integration, remote_ids: Collection[str]) -> int:
    """Link friends to these stored contacts and commit; returns how many links are new."""
    if not remote_ids or not (matches := find_friends(integration.id, remote_ids)):
        return 0
    locked = {match.friend_id for match in matches}
    lock_friends(locked)
    # Found once more, as they may have changed until they were locked.
    again = find_friends(integration.id, {match.remote_id for match in matches})
    new = store_links(integration, [match for match in again if match.friend_id in locked])
    db.session.commit()
    return new
