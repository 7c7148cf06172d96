"""Link friends to contacts that wait to be applied."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.db import db
from app.friends.operations.friends import lock_friends
from app.integrations.shared.links import store_links
from app.integrations.shared.matching import find_friends
from app.integrations.shared.models import Integration
from app.integrations.shared.records import PendingRecord


def match_batch(integration: Integration, records: Sequence[PendingRecord]) -> int:
    """Link friends to these contacts and commit; returns how many links are new."""
    ids = [record.remote_id for record in records]
    if not (matches := find_friends(integration.id, ids)):
        return 0
    lock_friends([match.friend_id for match in matches])
    # Found once more, as they may have changed until they were locked.
    locked = {match.friend_id for match in matches}
    new = store_links(integration, [match for match in find_friends(integration.id, ids) if match.friend_id in locked])
    db.session.commit()
    return new
