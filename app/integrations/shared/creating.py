"""Order records for friends who have none, where an integration is to make them.

They are ordered once records have been read, so that those which are there are found first.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.core.db import db
from app.core.i18n import _l
from app.core.runs.lease import Lease
from app.core.runs.operations import start
from app.core.runs.registry import RunKind, SliceResult, register
from app.integrations.shared.marking_runs import PART, MarkedUpTo
from app.integrations.shared.models import Integration

KIND = "integrations.order_records"
# In this time the record of a new friend is looked for among those that are there.
FIRST_LOOK = timedelta(minutes=1)
# A friend whom a member took apart from a record gets no other one by itself, nor one whose record was deleted.
_ORDER = text("""
    INSERT INTO remote_links (integration_id, account_id, friend_id, found_by, due_at)
    SELECT integrations.id, friends.account_id, friends.id, 'created', statement_timestamp() + :after
    FROM friends
    JOIN integration_accounts AS covered ON covered.account_id = friends.account_id
    JOIN integrations ON integrations.id = covered.integration_id AND integrations.state = 'connected'
         AND integrations.creates_records AND integrations.watermarks <> '{}'
    WHERE friends.id = ANY(:friend_ids) AND friends.follow_status = 'following'
      AND NOT EXISTS (SELECT FROM remote_unlinks AS apart
                      WHERE apart.integration_id = integrations.id AND apart.friend_id = friends.id)
    ORDER BY friends.id
    ON CONFLICT (integration_id, friend_id) DO NOTHING
""")
# Switched on, records that were deleted at the service are made once more.
_COUNT = text("""
    SELECT count(*) FROM friends
    WHERE account_id = ANY(:account_ids) AND follow_status = 'following'
      AND NOT EXISTS (SELECT FROM remote_links AS link
                      WHERE link.integration_id = :integration_id AND link.friend_id = friends.id)
      AND NOT EXISTS (SELECT FROM remote_unlinks AS apart
                      WHERE apart.integration_id = :integration_id AND apart.friend_id = friends.id
                      AND NOT apart.is_gone)
""")
_PART = text("""
    SELECT friends.id FROM friends
    WHERE account_id IN (SELECT account_id FROM integration_accounts WHERE integration_id = :integration_id)
      AND friends.id > :after_id
    ORDER BY friends.id LIMIT :most
""")


def count_to_create(integration_id: int, account_ids: Collection[int]) -> int:
    """Return for how many friends of these accounts no record is known, so that one would be made."""
    about = {"integration_id": integration_id, "account_ids": list(account_ids)}
    return db.session.scalar(_COUNT, about) or 0


def order_records(friend_ids: Collection[int], after: timedelta = FIRST_LOOK) -> None:
    """Order records for those of these friends who are to get one, in the caller's transaction."""
    if friend_ids:
        db.session.execute(_ORDER, {"friend_ids": sorted(set(friend_ids)), "after": after})


def order_all_later(integration: Integration) -> None:
    """Order records for all friends of an integration who have none, after the caller's transaction."""
    if integration.creates_records and integration.watermarks:
        start(KIND, integration.id)


def advance(lease: Lease) -> SliceResult:
    """Order the records of the next friends."""
    about: dict[str, Any] = {"integration_id": lease.run.subject_id, "most": PART}
    friend_ids = db.session.scalars(_PART, {**about, "after_id": lease.cursor(MarkedUpTo).place}).all()
    order_records(friend_ids, timedelta())
    lease.save(cursor=MarkedUpTo(friend_ids[-1] if friend_ids else 0))
    db.session.commit()
    return SliceResult.MORE if len(friend_ids) == PART else SliceResult.DONE


register(RunKind(KIND, _l("Create contacts for friends"), advance, cursor=MarkedUpTo))
