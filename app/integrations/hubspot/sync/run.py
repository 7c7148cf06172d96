"""The run of a sync, phase by phase."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import text, update

from app.core import queue
from app.core.clock import database_now, now
from app.core.db import db
from app.core.errors import PermanentFailure
from app.core.i18n import _l
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.models import RunState
from app.core.runs.registry import RunKind, SliceResult, register
from app.integrations.hubspot.gateway import account, objects
from app.integrations.hubspot.gateway.objects import CONTACTS, where
from app.integrations.hubspot.gateway.scopes import LISTS_READ
from app.integrations.hubspot.properties import prepare
from app.integrations.hubspot.sync.applying import apply_batch, plan_of
from app.integrations.hubspot.sync.companies import read_companies
from app.integrations.hubspot.sync.cursor import SyncCursor, SyncPhase
from app.integrations.hubspot.sync.linking import find_all_friends
from app.integrations.hubspot.sync.lists import read_lists
from app.integrations.hubspot.sync.plan import contacts_are_read, plan_reading
from app.integrations.hubspot.sync.reader import reader_of
from app.integrations.hubspot.sync.reading import read_contacts
from app.integrations.hubspot.sync.slices import SyncSlice
from app.integrations.hubspot.sync.vanished import look_for_vanished
from app.integrations.shared.creating import order_all_later
from app.integrations.shared.models import FieldMapping, Integration
from app.integrations.shared.records import CONTACT, count_records


def _begin(sitting: SyncSlice) -> bool:
    """Learn HubSpot's clock and the portal's time zone, look at the properties there, and plan what is read."""
    integration = sitting.integration
    details = sitting.reader.call(account.details())
    integration.clock_skew = sitting.reader.clock_skew.total_seconds()
    if details.time_zone:
        integration.details = {**integration.details, "time_zone": details.time_zone}
    prepare(integration, sitting.reader.access)
    cursor = plan_reading(integration, sitting.reader.now(), is_asked=bool(sitting.lease.run.input.get("all")))
    db.session.commit()
    total = _count(sitting, cursor)
    sitting.save(cursor, total=total)
    return False


def _count(sitting: SyncSlice, cursor: SyncCursor) -> int | None:
    """Ask how many contacts will be read in a complete reading, of which pages tell no total."""
    if not cursor.is_full:
        return None
    return sitting.reader.call(objects.search(CONTACTS, [where("hs_object_id", "GT", "0")], (), limit=1)).total


def _read_contacts(sitting: SyncSlice) -> bool:
    if not read_contacts(sitting):
        return False
    if not sitting.cursor.is_full:
        contacts_are_read(sitting.integration, sitting.cursor)
    return True


def _find_friends(sitting: SyncSlice) -> bool:
    """Find the friends of contacts; a complete reading counts once all are found: in the first, none waits before."""
    if not find_all_friends(sitting):
        return False
    if sitting.cursor.is_full:
        contacts_are_read(sitting.integration, sitting.cursor)
    return True


def _read_lists(sitting: SyncSlice) -> bool:
    """Go on with lists; without the scope for them they are left as they are, which the screens say."""
    if LISTS_READ not in sitting.integration.scopes:
        return True
    try:
        return _read_some_lists(sitting)
    except PermanentFailure as error:
        if error.code != "hubspot.missing_scope":
            raise
    # It was taken back since we asked last what is granted.
    db.session.rollback()
    sitting.integration.scopes = [one for one in sitting.integration.scopes if one != LISTS_READ]
    db.session.commit()
    return True


def _read_some_lists(sitting: SyncSlice) -> bool:
    before = sitting.cursor.lists
    for place in read_lists(sitting.reader, sitting.integration.id, before, sitting.run_id):
        more = {name: number - before.counts.get(name, 0) for name, number in place.counts.items()}
        sitting.save(replace(sitting.cursor, lists=place), add=more)
        before = place
    return before.is_done


def _apply(sitting: SyncSlice) -> bool:
    """Apply what was read; what changes in between is left to the next sync."""
    integration, cursor = sitting.integration, sitting.cursor
    if not cursor.step:
        total = count_records(integration.id, CONTACT, only_pending=True)
        sitting.save(replace(cursor, step="friends"), add={"to_apply": total})
    plan = plan_of(integration, timedelta(seconds=integration.clock_skew))
    db.session.commit()
    while not sitting.is_over:
        cursor = sitting.cursor
        came = apply_batch(integration, plan, sitting.reader, cursor.after, matched_by=sitting.run_id)
        if came.last_id is None:
            db.session.commit()
            return True
        sitting.save(replace(cursor, after=came.last_id), add={"applied": came.records, **came.counts()})
    return False


# Tables that grow in a phase of a complete reading.
GROWN: dict[str, str] = {SyncPhase.CONTACTS: "remote_records", SyncPhase.MATCHING: "remote_links"}
PHASES: dict[str, Callable[[SyncSlice], bool]] = {
    SyncPhase.START: _begin,
    SyncPhase.CONTACTS: _read_contacts,
    SyncPhase.VANISHED: look_for_vanished,
    SyncPhase.MATCHING: _find_friends,
    SyncPhase.COMPANIES: read_companies,
    SyncPhase.LISTS: _read_lists,
    SyncPhase.APPLYING: _apply,
}


def run_slice(lease: Lease) -> SliceResult:
    """Do a few seconds of the phase at hand."""
    integration = db.session.get(Integration, lease.run.subject_id, populate_existing=True)
    if integration is None or not integration.is_connected:
        raise PermanentFailure((integration and integration.reason) or "hubspot.disconnected")
    reader = reader_of(integration)
    db.session.commit()
    sitting = SyncSlice(lease, reader, integration)
    phase = sitting.cursor.phase
    if not PHASES[phase](sitting):
        return SliceResult.MORE
    if phase == SyncPhase.APPLYING:
        return SliceResult.DONE
    if sitting.cursor.is_full and phase in GROWN:
        # Many rows are new: the database plans the next phases by what it knows of the table.
        db.session.execute(text(f"ANALYZE {GROWN[phase]}"))
    sitting.save(sitting.cursor.next_phase())
    return SliceResult.MORE


def _finished(lease: Lease) -> None:
    """Order the next sync; a complete reading was one of all mapped properties that it knew."""
    run = lease.run
    integration = db.session.get(Integration, run.subject_id)
    if integration is None:
        return
    if integration.is_connected:
        integration.next_sync_at = database_now(timedelta(minutes=integration.sync_minutes))
    if run.state == RunState.COMPLETED and lease.cursor(SyncCursor).is_full:
        known = (FieldMapping.integration_id == integration.id, FieldMapping.created_at < run.started_at)
        of_these = (FieldMapping.synced_at.is_(None), FieldMapping.problem.is_(None))
        change = update(FieldMapping).where(*known, *of_these).values(synced_at=now())
        db.session.execute(change.execution_options(synchronize_session=False))
    if run.state == RunState.COMPLETED:
        order_all_later(integration)
    if run.reason == "hubspot.missing_scope":
        queue.after_commit(db.session, "integrations.hubspot.look")


SYNC = register(
    RunKind(
        "hubspot.sync",
        _l("HubSpot sync"),
        run_slice,
        queue=Queue.SYNC,
        cursor=SyncCursor,
        finished=_finished,
        keeps_latest=True,
    )
)
