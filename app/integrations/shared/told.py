"""What services tell by themselves: kept as what has changed, once however often it is told, until it is applied."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, text

from app.core.clock import database_now
from app.core.db import db
from app.core.due.claims import Claim
from app.integrations.shared.models import IntegrationEvent

# Nightly readings have found by then what could not be applied.
KEPT = timedelta(days=2)
# Told again while a worker applies it: its claim is void, so that the row stays and is applied once more. Rows are
# locked in the order of their keys by all who lock several.
_KEEP = text("""
    INSERT INTO integration_events (integration_id, key, payload, due_at)
    SELECT integration_id, key, payload, statement_timestamp()
    FROM json_to_recordset(CAST(:rows AS json)) AS given (integration_id bigint, key text, payload jsonb)
    ORDER BY integration_id, key
    ON CONFLICT (integration_id, key) DO UPDATE SET
        payload = excluded.payload, received_at = now(), due_at = excluded.due_at, attempts = 0, leased_until = NULL,
        reason = NULL
""")
# Events do not wait for an integration's row that is being changed: the next one notes its time, too.
_NOTE = text("""
    UPDATE integrations SET last_event_at = now() FROM (
        SELECT id FROM integrations WHERE id = ANY(:ids)
        AND (last_event_at IS NULL OR last_event_at < now() - interval '10 seconds')
        ORDER BY id FOR NO KEY UPDATE SKIP LOCKED
    ) AS free WHERE integrations.id = free.id
""")


def keep_told(told: Mapping[tuple[int, str], Mapping[str, Any]]) -> None:
    """Keep what has changed, by integration and key, to be applied soon; the caller wakes a worker."""
    if told:
        rows = [{"integration_id": of, "key": key, "payload": payload} for (of, key), payload in told.items()]
        db.session.execute(_KEEP, {"rows": json.dumps(rows)})


def note_events(integration_ids: Collection[int]) -> None:
    """Note that the service told something just now."""
    if integration_ids:
        db.session.execute(_NOTE, {"ids": sorted(integration_ids)})


def forget_applied(claim: Claim) -> None:
    """Remove what was applied; what was told again since stays. The caller commits."""
    db.session.execute(_without_loading(IntegrationEvent.id.in_(claim.held())))


def prune() -> None:
    """Remove what was not applied for days, as of integrations that ended, and commit."""
    db.session.execute(_without_loading(IntegrationEvent.received_at < database_now(-KEPT)))
    db.session.commit()


def _without_loading(where: Any) -> Any:
    return delete(IntegrationEvent).where(where).execution_options(synchronize_session=False)
