"""The last step of a run: store all changes in one transaction, so that readers see either the old or the new links."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CursorResult, text

from app.core.db import db, tune_for_heavy_query
from app.core.runs.keepalive import LeaseKeepalive, renewing_lease
from app.core.runs.lease import Lease
from app.friends.operations.id_links import announce_id_links
from app.imports.id_links import staging

# Pages of eight kilobytes that one statement takes: about a second's work, after which the progress is told.
PAGES = 2_000

# In the order of the index, which makes room for them at its end or close by instead of everywhere.
_APPLY = """
    INSERT INTO id_links (account_id, line_user_id, user_id)
    SELECT :account_id, line_user_id, user_id FROM {latest}
    WHERE ctid >= CAST(:first AS tid) AND ctid < CAST(:last AS tid) AND (is_new OR is_changed)
    ON CONFLICT (account_id, line_user_id)
    DO UPDATE SET user_id = excluded.user_id, updated_at = now() WHERE id_links.user_id <> excluded.user_id
"""
_REMOVE_ALL = text("DELETE FROM id_links WHERE account_id = :account_id")


def apply(lease: Lease) -> None:
    """Store new and changed links, and the progress of the run, in one transaction."""
    upload_id = int(lease.run.slot)
    with renewing_lease(lease) as beat:
        tune_for_heavy_query(db.session.connection(), ends_with_client=True)
        beat.done = 0
        for first in range(0, staging.pages("latest", upload_id), PAGES):
            _apply_pages(lease, beat, upload_id, first)
    if beat.done:
        announce_id_links(lease.run.subject_id)
    lease.save(done=beat.done or 0)
    db.session.commit()


def _apply_pages(lease: Lease, beat: LeaseKeepalive, upload_id: int, first: int) -> None:
    pages = {"first": f"({first},0)", "last": f"({first + PAGES},0)"}
    stored = staging.run(_APPLY, upload_id, account_id=lease.run.subject_id, **pages)
    beat.done = (beat.done or 0) + stored.rowcount
    beat.check()


def remove_all(lease: Lease) -> None:
    """Remove every link of the account in one transaction."""
    with renewing_lease(lease):
        removed: CursorResult[Any] = db.session.execute(_REMOVE_ALL, {"account_id": lease.run.subject_id})  # type: ignore[assignment]
    lease.save(add={"removed": removed.rowcount}, done=removed.rowcount)
    db.session.commit()
