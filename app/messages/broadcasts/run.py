"""The run of a broadcast: freezes its audience, sends slice by slice, and settles what is left at the end."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy import select, update

from app.core import queue, shutdown
from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure
from app.core.i18n import _l
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.models import RunState
from app.core.runs.registry import RunKind, SliceResult, register
from app.line.gateway.async_client import AsyncLineClient
from app.messages.broadcasts import ledger, reasons
from app.messages.broadcasts.deal import Deal, pick_winner
from app.messages.broadcasts.delivery import CONNECTIONS, Delivery, Halt
from app.messages.broadcasts.freezing import freeze, late_state
from app.messages.broadcasts.loading import BroadcastBatch, ReadySet
from app.messages.broadcasts.marks import catch_up, is_behind
from app.messages.broadcasts.models import Broadcast, BroadcastState, RecipientState, Variant, Way
from app.messages.broadcasts.operations.ending import tell_ended
from app.messages.broadcasts.rendering import render_sets
from app.messages.broadcasts.reserving import locked_account, reserve_frozen
from app.messages.broadcasts.schedule import KIND, order_start
from app.messages.broadcasts.spread import Spread, next_moment
from app.messages.broadcasts.turns import LedgerTurns
from app.messages.tracking.operations.units import use_unit

log = structlog.get_logger(__name__)
# When what a failed run left unsettled is tried again.
AGAIN = timedelta(minutes=1)
# A restored database may have any of these sent already.
MAY_HAVE_BEEN_SENT = (BroadcastState.SCHEDULED, BroadcastState.SENDING, BroadcastState.PAUSED)


def advance(lease: Lease) -> SliceResult:
    """Do the next step of the broadcast, whatever its state says that is."""
    if is_behind():
        stop_and_ask()
        return SliceResult.DONE
    state = db.session.scalar(select(Broadcast.state).where(Broadcast.id == lease.run.subject_id))
    if state == BroadcastState.SCHEDULED:
        return _start(lease)
    if state == BroadcastState.SENDING:
        return _send(lease)
    if state in (BroadcastState.STOPPED, BroadcastState.FAILED):
        _end(lease)
    return SliceResult.DONE


def stop_and_ask() -> None:
    """Let a member decide about everything that would be sent, since the database is older than what was sent."""
    asked = update(Broadcast).where(Broadcast.state.in_(MAY_HAVE_BEEN_SENT))
    values: dict[str, object] = {
        "state": BroadcastState.DECISION,
        "reason": reasons.RESTORED,
        "reason_values": {},
        "start_due_at": None,
    }
    db.session.execute(asked.values(**values).execution_options(synchronize_session=False))
    catch_up()
    db.session.commit()
    log.error("broadcasts.database_is_older")


def _locked(lease: Lease) -> Broadcast:
    return db.session.get_one(Broadcast, lease.run.subject_id, with_for_update=True, populate_existing=True)


def _account_id(lease: Lease) -> int:
    return db.session.scalars(select(Broadcast.account_id).where(Broadcast.id == lease.run.subject_id)).one()


def _start(lease: Lease) -> SliceResult:
    """Freeze the audience, unless it is too late for that; all in one transaction."""
    account = locked_account(_account_id(lease))
    broadcast = _locked(lease)
    if broadcast.state != BroadcastState.SCHEDULED or _time_ahead(broadcast) is not None:
        # Cancelled, or a clock was set back since: `_finished` orders it for its time again.
        db.session.rollback()
        return SliceResult.DONE
    late = late_state(broadcast)
    if late is not None:
        return _not_started(lease, broadcast, *late)
    try:
        people = freeze(broadcast, render_sets(broadcast).values())
    except PermanentFailure as error:
        return _not_started(lease, broadcast, BroadcastState.FAILED, error.code, **error.params)
    if not people:
        capped = ((broadcast.frozen or {}).get("capped") or {}).get("people")
        why = reasons.ALL_CAPPED if capped else reasons.NO_RECIPIENTS
        return _not_started(lease, broadcast, BroadcastState.FAILED, why)
    try:
        reserve_frozen(account, broadcast, people)
    except PermanentFailure as error:
        # Nothing is frozen, so that it begins with the people of then when it is resumed.
        db.session.rollback()
        return _not_started(lease, _locked(lease), BroadcastState.PAUSED, error.code, **error.params)
    lease.save(total=people)
    db.session.commit()
    return SliceResult.MORE


def _not_started(
    lease: Lease, broadcast: Broadcast, state: BroadcastState, reason: str, **values: object
) -> SliceResult:
    broadcast.state, broadcast.reason, broadcast.reason_values = state, reason, dict(values)
    if state == BroadcastState.FAILED:
        broadcast.reserved_units, broadcast.finished_at = 0, now()
    lease.save()
    db.session.commit()
    return SliceResult.DONE


def _send(lease: Lease) -> SliceResult:
    """Send for one slice; then go on, wait, halt, or end."""
    try:
        batch = _batch(lease)
        delivery = Delivery(LedgerTurns(lease, batch))
        asyncio.run(_deliver(lease, batch, delivery))
    except PermanentFailure as error:
        return _halt(lease, Halt(BroadcastState.PAUSED, error.code, error.params))
    if delivery.halt is not None:
        return _halt(lease, delivery.halt)
    if delivery.trouble is not None:
        raise delivery.trouble
    shutdown.raise_if_requested()
    if not delivery.is_finished:
        return SliceResult.MORE
    if not ledger.is_waiting(batch.broadcast_id):
        _end(lease)
    # Where chunks wait for their turn, `_finished` orders the next run.
    return SliceResult.DONE


def _batch(lease: Lease) -> BroadcastBatch:
    broadcast = _locked(lease)
    if pick_winner(broadcast):
        log.info("broadcasts.winner", broadcast=broadcast.id, winner=broadcast.winner)
    way = Way(broadcast.way or Way.PUSH)
    sets = {
        variant: ReadySet(rendering, rendering.shared() if way == Way.MULTICAST else "")
        for variant, rendering in render_sets(broadcast).items()
    }
    if lease.run.total is None:
        counts = ledger.count_people(broadcast.id)
        people = sum(counts.values())
        lease.save(total=people, skipped=people - counts[RecipientState.WAITING])
    batch = BroadcastBatch(
        broadcast.account_id,
        broadcast.id,
        way,
        broadcast.unit,
        sets,
        Spread.of(broadcast),
        Deal.of(broadcast),
        Variant(broadcast.winner) if broadcast.winner else None,
    )
    db.session.commit()
    return batch


async def _deliver(lease: Lease, batch: BroadcastBatch, delivery: Delivery) -> None:
    async with AsyncLineClient(batch.account_id, CONNECTIONS[batch.way], tries=1) as line:
        await delivery.run(line)


def _halt(lease: Lease, halt: Halt) -> SliceResult:
    broadcast = _locked(lease)
    if broadcast.state == BroadcastState.SENDING:
        broadcast.state, broadcast.reason, broadcast.reason_values = halt.state, halt.code, dict(halt.params)
    lease.save()
    db.session.commit()
    return SliceResult.MORE


def _end(lease: Lease) -> None:
    """Settle what is left and say how it ended; what a member has changed in between is left alone."""
    broadcast = _locked(lease)
    is_open = broadcast.state in (BroadcastState.SENDING, BroadcastState.STOPPED, BroadcastState.FAILED)
    if not is_open or broadcast.finished_at is not None:
        return db.session.rollback()
    broadcast.counts = ledger.close(broadcast.id)
    if broadcast.frozen is not None and sum(broadcast.counts.values()) != broadcast.frozen["reachable"]:
        raise RuntimeError(f"The ledger of broadcast {broadcast.id} does not add up.")
    open_people = broadcast.counts[RecipientState.UNKNOWN]
    if broadcast.state == BroadcastState.SENDING:
        broadcast.state = BroadcastState.DECISION if open_people else BroadcastState.SENT
        broadcast.reason = reasons.UNKNOWN if open_people else None
        broadcast.reason_values = {"people": open_people} if open_people else {}
    broadcast.finished_at, broadcast.reserved_units = now(), 0
    if broadcast.unit is not None:
        use_unit(broadcast.account_id, broadcast.unit)
    tell_ended(broadcast)
    lease.save()
    queue.after_commit(db.session, "line.refresh_account", broadcast.account_id)
    return db.session.commit()


def _finished(lease: Lease) -> None:
    """Order another run where there is more to do, or say why it stands; in the transaction that ends the run."""
    broadcast = db.session.get(Broadcast, lease.run.subject_id, with_for_update=True, populate_existing=True)
    if broadcast is None or broadcast.finished_at is not None:
        return
    has_failed = lease.run.state != RunState.COMPLETED
    if broadcast.state in (BroadcastState.SCHEDULED, BroadcastState.SENDING) and has_failed:
        broadcast.state = BroadcastState.PAUSED
        broadcast.reason, broadcast.reason_values = lease.run.reason, lease.run.reason_values
    elif broadcast.state == BroadcastState.SCHEDULED:
        order_start(broadcast, at=_time_ahead(broadcast))
    elif broadcast.state == BroadcastState.SENDING:
        order_start(broadcast, at=next_moment(broadcast))
    elif broadcast.state in (BroadcastState.STOPPED, BroadcastState.FAILED):
        order_start(broadcast, at=now() + AGAIN if has_failed else None)


def _time_ahead(broadcast: Broadcast) -> datetime | None:
    """Return the time of a broadcast that is not to start yet."""
    return broadcast.scheduled_at if broadcast.scheduled_at and broadcast.scheduled_at > now() else None


register(RunKind(KIND, _l("Message broadcast"), advance, Queue.BROADCASTS, finished=_finished))
