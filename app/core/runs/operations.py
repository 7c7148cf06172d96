"""Start, cancel, advance and sweep runs; the state machine that every kind of long work shares."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.core.runs.kinds import Outcome, RunKind, kind_named
from app.core.runs.lease import Cancelled, Lease, LeaseLost, claim
from app.core.runs.models import ACTIVE, Run, RunState

log = structlog.get_logger(__name__)

# A worker keeps a run this long before it lets the queue choose again; so no kind starves another.
SITTING_SECONDS = 20
UNEXPECTED_ATTEMPTS = 5


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
    values = {
        "input": input or {},
        "cursor": cursor or {},
        "member_id": member_id,
        "total": total,
        "slot": slot,
    }
    run_id = db.session.scalar(
        insert(Run).values(kind=kind, subject_id=subject_id, **values).on_conflict_do_nothing().returning(Run.id)
    )
    where = (
        Run.id == run_id
        if run_id
        else (Run.kind == kind) & (Run.subject_id == subject_id) & (Run.slot == slot) & Run.state.in_(ACTIVE)
    )
    run = db.session.scalars(select(Run).where(where).order_by(Run.id.desc())).first()
    if run is None:  # The active one ended between the two statements.
        return start(kind, subject_id, **values)
    if run_id:
        wake_later(run.id, kind_named(kind))
    return run, run_id is not None


def request_cancel(run: Run) -> bool:
    """Ask an active run to stop; one that no worker holds stops at once. False when it had ended already."""
    touched = db.session.scalar(
        update(Run)
        .where(Run.id == run.id, Run.state.in_(ACTIVE))
        .values(cancel_requested_at=db.func.coalesce(Run.cancel_requested_at, now()), due_at=now())
        .returning(Run.id)
    )
    db.session.refresh(run)
    if touched:
        wake_later(run.id, kind_named(run.kind))
    return touched is not None


def wake_later(run_id: int, kind: RunKind, delay: float = 0) -> None:
    """Wake a worker for this run after commit."""
    queue.after_commit(db.session, f"core.runs.advance_on_{kind.queue.value}", run_id, queue=kind.queue, delay=delay)


def advance(run_id: int) -> None:
    """Do slices of a run while this sitting lasts; called by the worker, safe to call at any time by anyone."""
    lease = claim(run_id)
    if lease is None:
        return
    kind = kind_named(lease.run.kind)
    structlog.contextvars.bind_contextvars(run_id=run_id, run_kind=kind.name)
    try:
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
        while kind.slice(lease) is Outcome.MORE:
            lease.prolong()
            if time.monotonic() >= until:
                return _put_back(lease, kind)
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
    except OperationalError:
        # The database went away: the lease runs out by itself and the sweep finds the run.
        db.session.rollback()
        raise
    except Exception:
        _after_surprise(lease, kind)


def _after_refusal(lease: Lease, kind: RunKind, error: RetryLater) -> None:
    """Wait as told; a service that refuses again and again without any progress ends the run with its reason."""
    db.session.rollback()
    attempts, why = lease.run.attempts + 1, {"reason": error.code, "reason_values": error.params}
    if attempts >= kind.patience:
        return _finish(lease, kind, RunState.FAILED, **why)
    return _put_back(lease, kind, error.after * min(attempts, 6), attempts=attempts, **why)


def _after_surprise(lease: Lease, kind: RunKind) -> None:
    db.session.rollback()
    attempts = lease.run.attempts + 1
    log.exception("run.unexpected_error", attempts=attempts)
    if attempts >= UNEXPECTED_ATTEMPTS:
        return _finish(lease, kind, RunState.FAILED, reason="unexpected")
    return _put_back(lease, kind, after=2.0**attempts, attempts=attempts, reason="unexpected")


def _put_back(lease: Lease, kind: RunKind, after: float = 0, **values: Any) -> None:
    due = now() + timedelta(seconds=after)
    try:
        lease.write(lease=None, leased_until=None, due_at=due, **values)
    except Cancelled:
        return _finish(lease, kind, RunState.CANCELLED)
    wake_later(lease.run.id, kind, delay=after)
    return db.session.commit()


def _finish(lease: Lease, kind: RunKind, state: RunState, **values: Any) -> None:
    lease.write(state=state, finished_at=now(), lease=None, leased_until=None, **values)
    if kind.finished:
        kind.finished(lease)
    db.session.commit()
    log.info("run.finished", state=state.value, counts=lease.run.counts)


def sweep() -> int:
    """Wake every run that is due and held by nobody; returns how many. It makes good lost messages and dead workers."""
    moment = now()
    rows = db.session.execute(
        select(Run.id, Run.kind)
        .where(Run.state.in_(ACTIVE), Run.due_at <= moment)
        .where(or_(Run.leased_until.is_(None), Run.leased_until < moment))
        .order_by(Run.due_at)
        .limit(1000)
    ).all()
    for run_id, kind in rows:
        queue_of_kind = kind_named(kind).queue
        queue.wake(f"core.runs.advance_on_{queue_of_kind.value}", run_id, queue=queue_of_kind)
    return len(rows)
