"""Make due changes of a portal, batch after batch; of one friend one after the other, so that the last one stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select

from app.core import error_messages, queue
from app.core.clock import database_now
from app.core.db import db, released
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim, Wait
from app.core.due.registry import DueKind, register
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import _l
from app.core.identifiers import row_number
from app.integrations.hubspot.changing.sending import CONTACT_GONE, OpenChange, exchange
from app.integrations.hubspot.changing.storing import WAKE
from app.integrations.hubspot.gateway.access import Access
from app.integrations.hubspot.gateway.errors import PORTAL_WAIT
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.writing.storing import is_about_portal, stops_all
from app.integrations.shared.models import Integration, RemoteLink
from app.integrations.shared.step_models import RemoteChange
from app.integrations.shared.working import connected_ids, work_on
from app.workflows.engine.resuming import resume_runs

NO_CONTACT = "hubspot.no_contact"
error_messages.register(
    {
        NO_CONTACT: _l("No contact of HubSpot is linked with this friend."),
        CONTACT_GONE: _l("The contact does not exist in HubSpot any more."),
    }
)
# Ten calls of a hundred contacts each, side by side.
BATCH = 1000
# The contact is being made with the friend's link.
MADE_SOON = timedelta(seconds=15)
KEPT = timedelta(days=30)
_PORTALS = connected_ids(HUBSPOT)


def _is_first() -> ColumnElement[bool]:
    """Return the condition of changes before which no other one of the same friend is open."""
    earlier = RemoteChange.__table__.alias("earlier")
    same = (earlier.c.integration_id == RemoteChange.integration_id, earlier.c.friend_id == RemoteChange.friend_id)
    return ~select(earlier.c.id).where(*same, earlier.c.ended_at.is_(None), earlier.c.id < RemoteChange.id).exists()


CHANGES = register(
    DueKind(
        "hubspot.changes",
        RemoteChange,
        wake=lambda integration_id: queue.wake(WAKE, integration_id),
        partition=(RemoteChange.integration_id, _PORTALS),
        narrow=lambda: (RemoteChange.integration_id.in_(_PORTALS), _is_first()),
        batch=BATCH,
        given_up={"ended_at": func.now()},
        # About three hours, as long as other steps try.
        backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(hours=1), most=12),
        lease=timedelta(minutes=5),
    )
)
# Gives the access to a portal, and the number of the app that writes there.
Opening = Callable[[Integration], tuple[Access, str]]


def make_due(integration_id: int, open_portal: Opening) -> int:
    """Make what is due for one portal for a while; returns how many changes were looked at."""
    return work_on(CHANGES, integration_id, partial(_make, open_portal))


def prune() -> None:
    """Forget changes that ended a month ago, and commit."""
    old = delete(RemoteChange).where(RemoteChange.ended_at < database_now(-KEPT))
    db.session.execute(old.execution_options(synchronize_session=False))
    db.session.commit()


def _make(open_portal: Opening, integration: Integration, claim: Claim) -> bool:
    """Make one batch; False where the portal is not connected any more, or answers nothing."""
    access, _app_id = open_portal(integration)
    rows = _read(claim.ids())
    changes = [OpenChange(row.id, row.key, row.name, row.change, row.value, row.remote_id) for row in rows if row.known]
    if changes:
        with released():
            asyncio.run(exchange(access, changes))
    _settle(claim, rows, changes)
    return not any(stops_all(one.error) for one in changes)


def _read(ids: Sequence[int]) -> Sequence[Any]:
    """Read the changes with the contacts of their friends; `is_made_soon`: there will be one."""
    linked = (RemoteLink.integration_id == RemoteChange.integration_id) & (
        RemoteLink.friend_id == RemoteChange.friend_id
    )
    query = select(
        RemoteChange.id,
        RemoteChange.key,
        RemoteChange.name,
        RemoteChange.change,
        RemoteChange.value,
        RemoteLink.remote_id,
        RemoteLink.remote_id.is_not(None).label("known"),
        RemoteLink.due_at.is_not(None).label("is_made_soon"),
        RemoteLink.reason,
    )
    return db.session.execute(query.outerjoin(RemoteLink, linked).where(RemoteChange.id.in_(ids))).all()


def _settle(claim: Claim, rows: Sequence[Any], changes: Sequence[OpenChange]) -> None:
    """Store what came of the changes, and let the runs go on that wait for them."""
    held = claim.held()
    waits: dict[int, Wait] = {}
    ended: dict[int, PermanentFailure | None] = {}
    for row in rows:
        if not row.known and row.is_made_soon:
            waits[row.id] = Wait(NO_CONTACT, MADE_SOON, counts=False)
        elif not row.known:
            ended[row.id] = PermanentFailure(row.reason or NO_CONTACT)
    for one in changes:
        if isinstance(one.error, RetryLater):
            waits[one.id] = Wait(one.error.code, one.error.after)
        elif is_about_portal(one.error):
            waits[one.id] = Wait(one.error.code, PORTAL_WAIT, counts=False)  # type: ignore[union-attr]
        else:
            ended[one.id] = one.error
    claim.later_each({row_id: wait for row_id, wait in waits.items() if row_id in held})
    _end(claim, {row_id: why for row_id, why in ended.items() if row_id in held})
    resume_runs(runs_of(row.key for row in rows if row.id in held))


def _end(claim: Claim, ended: dict[int, PermanentFailure | None]) -> None:
    made = [row_id for row_id, why in ended.items() if why is None]
    claim.done(made, ended_at=func.now())
    for row_id, why in ended.items():
        if why is not None:
            values = {name: str(value) for name, value in why.params.items()}
            claim.done([row_id], reason=why.code, reason_values=values, ended_at=func.now())


def runs_of(keys: Any) -> set[int]:
    """Return the runs whose steps have these keys."""
    found = (row_number(key.partition(":")[0]) for key in keys)
    return {run_id for run_id in found if run_id}
