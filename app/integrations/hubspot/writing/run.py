"""Write due links of a portal, batch after batch."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from app.core import queue
from app.core.db import released
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.registry import DueKind, register
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.rate import Priority
from app.integrations.hubspot.line_state import is_left
from app.integrations.hubspot.properties import make_line_properties
from app.integrations.hubspot.writing.facts import read_facts
from app.integrations.hubspot.writing.planning import Writing, plan
from app.integrations.hubspot.writing.portal import HUBSPOT, PortalView, read_portal
from app.integrations.hubspot.writing.sending import exchange
from app.integrations.hubspot.writing.storing import stops_all, store
from app.integrations.hubspot.writing.taken import leave_to_others
from app.integrations.shared.models import Integration, RemoteLink
from app.integrations.shared.queries import accounts_of
from app.integrations.shared.working import connected_ids, work_on

# Ten calls of a hundred contacts each, side by side.
BATCH = 1000
_PORTALS = connected_ids(HUBSPOT)

LINKS = register(
    DueKind(
        "hubspot.links",
        RemoteLink,
        wake=lambda integration_id: queue.wake("integrations.hubspot.write", integration_id),
        partition=(RemoteLink.integration_id, _PORTALS),
        narrow=lambda: (RemoteLink.integration_id.in_(_PORTALS),),
        batch=BATCH,
        # An outage of HubSpot ends nothing; what it refuses for good is given up at once.
        backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=10), most=1_000_000),
        lease=timedelta(minutes=5),
    )
)
# Gives the access to a portal, and the number of the app that writes there.
Opening = Callable[[Integration], tuple[Access, str]]


def write_due(integration_id: int, open_portal: Opening) -> int:
    """Write what is due for one portal for a while; returns how many links were looked at."""
    return work_on(LINKS, integration_id, partial(_write, open_portal))


def _write(open_portal: Opening, integration: Integration, claim: Claim) -> bool:
    """Write one batch; False where the portal is not connected any more, or answers nothing."""
    access, app_id = open_portal(integration)
    if any(is_left(covered) for covered, _account in accounts_of(integration.id)):
        make_line_properties(integration, access, Priority.SYNC)
    view = read_portal(integration, app_id)
    writings = [one for facts in read_facts(claim.ids()) if (one := plan(view, facts))]
    open_work = [one for one in writings if _has_work(one, may_create=view.creates_records)]
    if open_work:
        _exchange(access, view, open_work)
    store(claim, integration, writings)
    return not any(stops_all(one.error) for one in open_work)


def _exchange(access: Access, view: PortalView, open_work: Sequence[Writing]) -> None:
    """Make the calls; contacts that turn out to be those of other friends are left to them, once."""
    for _round in range(2):
        with released():
            asyncio.run(exchange(access, view, open_work))
        open_work = leave_to_others(view.integration_id, open_work)
        if not open_work:
            return


def _has_work(one: Writing, *, may_create: bool) -> bool:
    if one.is_creation:
        return may_create
    return bool(one.line or one.candidates)
