"""Apply what HubSpot told: records that have changed are read again in sets, and go the way of those of a sync."""

from __future__ import annotations

from datetime import timedelta

from app.core import queue
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.registry import DueKind, register
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.sync.reader import reader_of
from app.integrations.hubspot.sync.rereading import read_again
from app.integrations.hubspot.webhooks.receiving import WAKE
from app.integrations.shared.models import Integration, IntegrationEvent
from app.integrations.shared.records import COMPANY, CONTACT
from app.integrations.shared.told import forget_applied
from app.integrations.shared.working import connected_ids, work_on

# Ten calls for a hundred contacts each.
BATCH = 1000
# Until all contacts are read once, it cannot be said which friend one belongs to.
FIRST_SYNC_WAIT = timedelta(seconds=15)
_PORTALS = connected_ids(HUBSPOT)

EVENTS = register(
    DueKind(
        "hubspot.events",
        IntegrationEvent,
        wake=lambda integration_id: queue.wake(WAKE, integration_id),
        partition=(IntegrationEvent.integration_id, _PORTALS),
        narrow=lambda: (IntegrationEvent.integration_id.in_(_PORTALS),),
        columns=(IntegrationEvent.key,),
        batch=BATCH,
        backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=10), most=1_000),
        lease=timedelta(minutes=5),
        lock_order=(IntegrationEvent.integration_id, IntegrationEvent.key),
        longest_wait=timedelta(minutes=10),
    )
)


def apply_due(integration_id: int) -> int:
    """Apply what was told of one portal for a while; returns how many records that was."""
    return work_on(EVENTS, integration_id, _apply)


def _apply(integration: Integration, claim: Claim) -> bool:
    """Apply one batch; False where nothing can be applied now."""
    if CONTACT not in integration.watermarks:
        claim.later(after=FIRST_SYNC_WAIT, counts=False)
        return False
    told: dict[str, list[str]] = {CONTACT: [], COMPANY: []}
    for row in claim.rows:
        kind, _colon, remote_id = row.key.partition(":")
        told.setdefault(kind, []).append(remote_id)
    read_again(integration, reader_of(integration), told[CONTACT], told[COMPANY])
    forget_applied(claim)
    return True
