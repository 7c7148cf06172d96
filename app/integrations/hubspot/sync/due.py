"""What is done by itself: automatic syncs, contacts of new friends, and forgetting old conflicts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import delete, select, update

from app.core import queue
from app.core.clock import database_now
from app.core.db import db
from app.core.runs import operations as runs
from app.core.runs.models import RunState
from app.core.runs.queries import has_run
from app.integrations.hubspot.service import HUBSPOT
from app.integrations.hubspot.sync.applying import apply_batch, plan_of
from app.integrations.hubspot.sync.lists import PROPERTY
from app.integrations.hubspot.sync.reader import reader_of
from app.integrations.hubspot.sync.run import SYNC
from app.integrations.shared.lists import used_lists
from app.integrations.shared.matching import records_of_friends
from app.integrations.shared.models import (
    FieldConflict,
    Integration,
    IntegrationAccount,
    IntegrationState,
    RemoteLink,
    RemoteWrite,
)
from app.integrations.shared.records import let_wait


def start_due_syncs() -> int:
    """Start the automatic syncs whose time has come, and commit; returns how many."""
    due = (Integration.service == HUBSPOT, Integration.state == IntegrationState.CONNECTED)
    query = select(Integration).where(*due, Integration.next_sync_at <= database_now())
    found = db.session.scalars(query.with_for_update(skip_locked=True, key_share=True)).all()
    for integration in found:
        is_first = not has_run(SYNC.name, integration.id, (RunState.COMPLETED,))
        runs.start(SYNC.name, integration.id, input={"is_first": is_first})
        integration.next_sync_at = database_now(timedelta(minutes=integration.sync_minutes))
    db.session.commit()
    return len(found)


def connected_for(account_id: int) -> Sequence[int]:
    """Return the connected portals that cover the account's friends."""
    covering = (
        select(Integration.id)
        .join(IntegrationAccount, IntegrationAccount.integration_id == Integration.id)
        .where(IntegrationAccount.account_id == account_id, Integration.service == HUBSPOT)
        .where(Integration.state == IntegrationState.CONNECTED)
    )
    return db.session.scalars(covering).all()


def read_new_lists(account_id: int) -> None:
    """Let a sync begin at once, after the present transaction, where a list is used whose members are not known."""
    for integration_id in connected_for(account_id):
        if any(not one.is_followed for one in used_lists(integration_id, PROPERTY)):
            soon = update(Integration).where(Integration.id == integration_id).values(next_sync_at=database_now())
            db.session.execute(soon)
            queue.after_commit(db.session, "integrations.hubspot.sync.start_due")


def look_for_contacts(account_id: int, friend_ids: Collection[int]) -> None:
    """Let contacts that may belong to these friends be applied, soon after the present transaction."""
    for integration_id in connected_for(account_id) if friend_ids else ():
        linked = select(RemoteLink.friend_id).where(
            RemoteLink.integration_id == integration_id, RemoteLink.friend_id.in_(friend_ids)
        )
        free = set(friend_ids) - set(db.session.scalars(linked))
        if free and (contacts := records_of_friends(integration_id, free)):
            let_wait(integration_id, contacts)
            queue.after_commit(db.session, "integrations.hubspot.sync.apply_waiting", integration_id)


def apply_soon(integration_id: int) -> None:
    """Have contacts that wait applied, after the present transaction."""
    queue.after_commit(db.session, "integrations.hubspot.sync.apply_waiting", integration_id)


def apply_waiting(integration_id: int) -> None:
    """Apply all contacts that wait, and commit."""
    integration = db.session.get(Integration, integration_id)
    if integration is None or not integration.is_connected:
        return
    plan = plan_of(integration, timedelta(seconds=integration.clock_skew))
    reader, after = reader_of(integration), ""
    db.session.commit()
    while True:
        came = apply_batch(integration, plan, reader, after)
        db.session.commit()
        if came.last_id is None:
            return
        after = came.last_id


def prune(keep_days: int) -> None:
    """Forget conflicts that were decided so long ago, and how many contacts were written then; commit."""
    before = database_now() - timedelta(days=keep_days)
    for table, moment in ((FieldConflict, FieldConflict.decided_at), (RemoteWrite, RemoteWrite.written_at)):
        db.session.execute(delete(table).where(moment < before).execution_options(synchronize_session=False))
    db.session.commit()
