"""Take in what HubSpot tells by itself: keep what has changed, and leave the reading to a worker."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import select

from app.core import lenient_json, queue
from app.core.db import db
from app.integrations.hubspot.credentials import find_app
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.webhooks.changes import changed_records, is_own
from app.integrations.shared.models import Integration, IntegrationState
from app.integrations.shared.told import keep_told, note_events

WAKE = "integrations.hubspot.apply_told"


def receive(body: Any) -> dict[str, Any]:
    """Keep what these events say has changed; returns how many events concern a connected portal.

    Events of portals that are not connected, of kinds that Tomoru does not use, and of our own changes are dropped.
    """
    events = [one for one in (body if isinstance(body, list) else [body]) if isinstance(one, dict)]
    connected, app = _connected({_portal(one) for one in events}), find_app()
    known = [(connected[_portal(one)], one) for one in events if _portal(one) in connected]
    told = _changes(known, app.app_id if app else "")
    keep_told(told)
    for integration_id in {of for of, _key in told}:
        queue.after_commit(db.session, WAKE, integration_id)
    note_events({integration_id for integration_id, _event in known})
    return {"events": len(known)}


def _portal(event: Any) -> str:
    return lenient_json.id_text(event, "portalId")


def _connected(portal_ids: Collection[str]) -> dict[str, int]:
    """Return the ids of connected integrations by their portals."""
    query = select(Integration.remote_id, Integration.id).where(
        Integration.service == HUBSPOT,
        Integration.state == IntegrationState.CONNECTED,
        Integration.remote_id.in_(portal_ids),
    )
    return {row.remote_id: row.id for row in db.session.execute(query)}


def _changes(events: Iterable[tuple[int, Any]], app_id: str) -> dict[tuple[int, str], dict[str, Any]]:
    return {
        (integration_id, f"{kind}:{remote_id}"): lenient_json.storable(event)
        for integration_id, event in events
        if not is_own(event, app_id)
        for kind, remote_id in changed_records(event)
    }
