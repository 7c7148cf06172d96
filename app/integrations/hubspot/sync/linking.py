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
from app.integrations.shared.records import (
    CONTACT,
    applied,
    contacts_after,
    let_linked_wait,
    pending_versions,
)

BATCH = 1000


def find_all_friends(sitting: SyncSlice) -> bool:
    """Link friends to contacts: to all after a complete reading, else to those that wait to be applied.

    Contacts without a friend have nothing to be applied. Returns whether all were looked at.
    """
    look = _look_at_all if sitting.cursor.is_full else _look_at_waiting
    while not sitting.is_over:
        cursor = sitting.cursor
        last, new = look(sitting.integration, cursor.after)
        if not last:
            db.session.commit()
            return True
        sitting.save(replace(cursor, after=last), add={"linked": new})
    return False


def _look_at_all(integration: Integration, after: str) -> tuple[str, int]:
    """Look at the next contacts; returns the last one, empty at the end, and how many links are new."""
    integration_id = integration.id
    ids = contacts_after(integration_id, after, limit=BATCH)
    waiting = pending_versions(integration_id, CONTACT, limit=BATCH, among=ids)
    new = match_contacts(integration, ids)
    linked = linked_records(integration_id, ids)
    applied(integration_id, CONTACT, [one for one in waiting if one.remote_id not in linked])
    let_linked_wait(integration_id, linked)
    return (ids[-1] if ids else ""), new


def _look_at_waiting(integration: Integration, after: str) -> tuple[str, int]:
    waiting = pending_versions(integration.id, CONTACT, limit=BATCH, after=after)
    ids = [one.remote_id for one in waiting]
    new = match_contacts(integration, ids)
    linked = linked_records(integration.id, ids)
    applied(integration.id, CONTACT, [one for one in waiting if one.remote_id not in linked])
    return (ids[-1] if ids else ""), new


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
