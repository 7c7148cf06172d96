"""Start, cancel, advance and sweep runs; the state machine that every kind of long work shares."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any
from uuid import uuid4

import structlog
from dramatiq.middleware import Interrupt
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.core.runs.lease import Cancelled, Lease, LeaseLost, claim, is_free
from app.core.runs.lease_renewal import renewing
from app.core.runs.models import ACTIVE, Run, RunState
from app.core.runs.registry import RUN_KINDS, RunKind, SliceResult
from app.core.shutdown import Stopped

log = structlog.get_logger(__name__)

# A worker keeps a run this long before it lets the queue choose again; so no kind starves another.
SITTING_SECONDS = 20
UNEXPECTED_ATTEMPTS = 5
# How soon a run whose turn has not come looks again; whoever is before it may wake it earlier.
WAIT_SECONDS = 2.0


def start(
    kind: str,
    subject_id: int,
    *,
    member_id: int | None = None,
    input: dict[str, Any] | None = None,
    cursor: dict[str, Any] | None = None,
    total: int | None = None,
    slot: str = "",
) -> tuple[Run, bool]:
    """Start a run, or join the active one of this kind, subject and slot. Returns (run, whether it is new)."""
    values: dict[str, Any] = {
        "input": input or {},
        "cursor": cursor or {},
        "member_id": member_id,
        "total": total,
        "slot": slot,
    }
    run_id = db.session.scalar(
        insert(Run)
        .values(kind=kind, subject_id=subject_id, due_at=now(), **values)
        .on_conflict_do_nothing()
        .returning(Run.id)
    )
    where = (
        Run.id == run_id
        if run_id
        else (Run.kind == kind) & (Run.subject_id == subject_id) & (Run.slot == slot) & Run.state.in_(ACTIVE)
    )
    found = select(Run).where(where).order_by(Run.id.desc()).execution_options(populate_existing=True)
    run = db.session.scalars(found).first()
    if run is None:  # The active one ended between the two statements.
        return start(kind, subject_id, **values)
    if run_id:
        wake_later(run.id, RUN_KINDS[kind])
    return run, run_id is not None


def request_cancel(run: Run) -> bool:
    """Ask an active run to stop; one that no worker holds stops at once. False when it had ended already."""
    moment, kind = now(), RUN_KINDS[run.kind]
    asked = db.session.execute(
        update(Run)
        .where(Run.id == run.id, Run.state.in_(ACTIVE))
        .values(cancel_requested_at=db.func.coalesce(Run.cancel_requested_at, moment), due_at=moment)
        .returning(is_free())
        .execution_options(synchronize_session=False)
    ).scalar_one_or_none()
    if asked:
        _stop_idle(run.id, kind)
    elif asked is not None:
        wake_later(run.id, kind)
    db.session.refresh(run)
    return asked is not None


def _stop_idle(run_id: int, kind: RunKind) -> None:
    """End a run that nobody works on; its row is locked by this transaction, so nobody can begin meanwhile."""
    token = uuid4()
    row = db.session.execute(
        update(Run)
        .where(Run.id == run_id)
        .values(state=RunState.RUNNING, lease=token)
        .returning(*Run.__table__.c)
        .execution_options(synchronize_session=False)
    ).one()
    _end(Lease(row._mapping, token), kind, RunState.CANCELLED)


def wake_later(run_id: int, kind: RunKind, delay: float = 0) -> None:
    """Wake a worker for this run after commit."""
    queue.after_commit(db.session, f"core.runs.advance_on_{kind.queue.value}", run_id, queue=kind.queue, delay=delay)


def advance(run_id: int) -> None:
    """Do slices of a run while this sitting lasts; called by the worker, safe to call at any time by anyone."""
    lease = claim(run_id)
    if lease is None:
        return
    kind = RUN_KINDS[lease.run.kind]
    structlog.contextvars.bind_contextvars(run_id=run_id, run_kind=kind.name)
    try:
        with renewing(lease):
            _sit(lease, kind)
    except LeaseLost:
        db.session.rollback()
        log.warning("run.lease_lost")
    finally:
        structlog.contextvars.unbind_contextvars("run_id", "run_kind")


def _sit(lease: Lease, kind: RunKind) -> None:
    until = time.monotonic() + SITTING_SECONDS
    try:
        lease.prolong()
        while (outcome := kind.slice(lease)) is SliceResult.MORE:
            lease.prolong()
            if time.monotonic() >= until:
                return _put_back(lease, kind)
        if outcome is SliceResult.WAIT:
            return _put_back(lease, kind, after=WAIT_SECONDS)
        _finish(lease, kind, RunState.COMPLETED)
    except Cancelled:
        _finish(lease, kind, RunState.CANCELLED)
    except RetryLater as error:
        _after_refusal(lease, kind, error)
    except PermanentFailure as error:
        db.session.rollback()
        _finish(lease, kind, RunState.FAILED, reason=error.code, reason_values=error.params)
    except LeaseLost:
        raise
    except (Stopped, Interrupt) as why:
        # The worker is being stopped, or the slice took longer than any may; another one may go on at once.
        db.session.rollback()
        log.info("run.interrupted", by=type(why).__name__)
        _put_back(lease, kind)
    except OperationalError as error:
        # The database went away or broke a deadlock. Where it is still away, putting back fails as well, the lease
        # runs out by itself and the sweep finds the run.
        log.warning("run.database_trouble", error=type(error.orig).__name__)
        _after_refusal(lease, kind, RetryLater("unexpected", after=1.0))
    except Exception:
        _after_surprise(lease, kind)


def _after_refusal(lease: Lease, kind: RunKind, error: RetryLater) -> None:
    """Wait as told; a service that refuses again and again without any progress ends the run with its reason."""
    attempts, why = _failures(lease), {"reason": error.code, "reason_values": error.params}
    if attempts >= kind.patience:
        return _finish(lease, kind, RunState.FAILED, **why)
    return _put_back(lease, kind, error.after * min(attempts, 6), attempts=attempts, **why)


def _after_surprise(lease: Lease, kind: RunKind) -> None:
    attempts = _failures(lease)
    log.exception("run.unexpected_error", attempts=attempts)
    if attempts >= UNEXPECTED_ATTEMPTS:
        return _finish(lease, kind, RunState.FAILED, reason="unexpected")
    return _put_back(lease, kind, after=2.0**attempts, attempts=attempts, reason="unexpected")


def _failures(lease: Lease) -> int:
    """Failures in a row including this one, as stored: a slice that is undone has not set them back."""
    db.session.rollback()
    return 1 + (db.session.scalar(select(Run.attempts).where(Run.id == lease.run.id)) or 0)


def _put_back(lease: Lease, kind: RunKind, after: float = 0, **values: Any) -> None:
    due = now() + timedelta(seconds=after)
    try:
        lease.write(lease=None, leased_until=None, due_at=due, **values)
    except Cancelled:
        return _finish(lease, kind, RunState.CANCELLED)
    wake_later(lease.run.id, kind, delay=after)
    return db.session.commit()


def _finish(lease: Lease, kind: RunKind, state: RunState, **values: Any) -> None:
    _end(lease, kind, state, **values)
    db.session.commit()
    log.info("run.finished", state=state.value, counts=lease.run.counts)


def _end(lease: Lease, kind: RunKind, state: RunState, **values: Any) -> None:
    lease.write(state=state, finished_at=now(), lease=None, leased_until=None, **values)
    if kind.finished:
        kind.finished(lease)


def sweep() -> int:
    """Wake every run that is due and held by nobody; returns how many. It mends lost messages and dead workers."""
    moment = now()
    rows = db.session.execute(
        select(Run.id, Run.kind)
        .where(Run.state.in_(ACTIVE), Run.due_at <= moment, Run.kind.in_(RUN_KINDS))
        .where(is_free())
        .order_by(Run.due_at)
        .limit(1000)
    ).all()
    for run_id, kind in rows:
        queue_of_kind = RUN_KINDS[kind].queue
        queue.wake(f"core.runs.advance_on_{queue_of_kind.value}", run_id, queue=queue_of_kind)
    return len(rows)
