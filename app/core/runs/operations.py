"""Start, cancel, advance and prune runs; the state machine that every kind of long work shares."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol
from uuid import uuid4

import structlog
from dramatiq.middleware import Interrupt
from sqlalchemy import Boolean, Select, delete, exists, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import aliased

from app.core import queue
from app.core.clock import database_now
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.registry import DueKind, register
from app.core.errors import PermanentFailure, RetryLater
from app.core.runs import cursors
from app.core.runs.lease import LEASE_SECONDS, Cancelled, Lease, LeaseLost, claim, is_free
from app.core.runs.lease_renewal import renewing
from app.core.runs.models import ACTIVE, Run, RunState
from app.core.runs.registry import RUN_KINDS, RunKind, SliceResult
from app.core.shutdown import Stopped

log = structlog.get_logger(__name__)

# A worker keeps a run this long before it lets the queue choose again; so no kind starves another.
SITTING_SECONDS = 20
UNEXPECTED_ATTEMPTS = 5
# A run that waits for another is woken by the end of that one; should this be lost, it looks again after so long.
WAIT_SECONDS = 30.0
# The same when the other run's row is being written at this moment.
BUSY_SECONDS = 1.0
PRUNED_AT_ONCE = 1000
# Pauses while a service does not answer: growing, so that an outage of hours is not a storm of requests.
OUTAGE = Backoff(first=timedelta(seconds=5), longest=timedelta(minutes=5))
# A service may ask to be left alone until its day ends.
LONGEST_WAIT = timedelta(days=1)


class Starter(Protocol):
    """Who starts a run, as the layer of members describes it."""

    @property
    def kind(self) -> str:
        """Return the kind of actor, such as "member" or "api_key"."""

    @property
    def id(self) -> int | None:
        """Return the id among actors of this kind; None for the system."""

    @property
    def member_id(self) -> int | None:
        """Return the id, if the actor is a member."""

    @property
    def label(self) -> str:
        """Return the name that is shown."""


def start(
    kind: str,
    subject_id: int,
    *,
    account_id: int | None = None,
    actor: Starter | None = None,
    input: dict[str, Any] | None = None,
    cursor: object | None = None,
    total: int | None = None,
    slot: str = "",
) -> tuple[Run, bool]:
    """Start a run, or join the active one of this kind, subject and slot. Returns (run, whether it is new).

    `actor` is who asks for it; None means the system.
    """
    values: dict[str, Any] = {
        "account_id": account_id,
        "input": input or {},
        "cursor": {} if cursor is None else cursors.write(cursor),
        **_starter_values(actor),
        "total": total,
        "slot": slot,
    }
    run_id = db.session.scalar(
        insert(Run)
        .values(kind=kind, subject_id=subject_id, due_at=database_now(), **values)
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
        return start(
            kind, subject_id, account_id=account_id, actor=actor, input=input, cursor=cursor, total=total, slot=slot
        )
    if run_id:
        wake_later(run.id, RUN_KINDS[kind])
    return run, run_id is not None


def _starter_values(actor: Starter | None) -> dict[str, Any]:
    if actor is None:
        return {}
    return {
        "member_id": actor.member_id,
        "actor": {"kind": str(actor.kind), "id": actor.id, "label": actor.label},
    }


def try_again(run: Run) -> None:
    """Let an active run that waits for a service go on at once."""
    free = update(Run).where(Run.id == run.id, Run.state.in_(ACTIVE), is_free()).values(due_at=database_now())
    db.session.execute(free.execution_options(synchronize_session=False))
    wake_later(run.id, RUN_KINDS[run.kind])


def request_cancel(run: Run) -> bool:
    """Ask an active run to stop; one that no worker holds stops at once. False when it had ended already."""
    moment, kind = database_now(), RUN_KINDS[run.kind]
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
    """End a run that no worker holds; its row is locked by this transaction, so none can begin."""
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
    """Do slices of a run for one sitting of the worker; safe to call at any time."""
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
        lease.cursor(kind.cursor)
        while (outcome := kind.slice(lease)) is SliceResult.MORE:
            lease.prolong()
            if time.monotonic() >= until:
                return _put_back(lease, kind)
        if outcome is SliceResult.WAIT:
            return _wait(lease, kind)
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
        _after_database_trouble(lease, kind)
    except Exception:
        _after_surprise(lease, kind)


def _after_refusal(lease: Lease, kind: RunKind, error: RetryLater) -> None:
    """Wait as told, and longer with each refusal in a row."""
    attempts = _failures(lease)
    wait = min(max(error.after, OUTAGE.wait(attempts).total_seconds()), LONGEST_WAIT.total_seconds())
    _put_back(lease, kind, wait, _trouble(attempts, error.code, error.params))


def _after_database_trouble(lease: Lease, kind: RunKind) -> None:
    attempts = _failures(lease)
    if attempts >= kind.patience:
        return _finish(lease, kind, RunState.FAILED, reason="unexpected")
    return _put_back(lease, kind, 1.0 * min(attempts, 6), _trouble(attempts, "unexpected"))


def _trouble(attempts: int, code: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what a run keeps of trouble that it waits out."""
    since = db.func.coalesce(Run.troubled_since, database_now())
    return {"attempts": attempts, "troubled_since": since, "reason": code, "reason_values": params or {}}


def _after_surprise(lease: Lease, kind: RunKind) -> None:
    attempts = _failures(lease)
    log.exception("run.unexpected_error", attempts=attempts)
    if attempts >= UNEXPECTED_ATTEMPTS:
        return _finish(lease, kind, RunState.FAILED, reason="unexpected")
    return _put_back(lease, kind, 2.0**attempts, _trouble(attempts, "unexpected"))


def _failures(lease: Lease) -> int:
    """Return failures in a row including this one, as stored: a slice that is undone has not reset them."""
    db.session.rollback()
    return 1 + (db.session.scalar(select(Run.attempts).where(Run.id == lease.run.id)) or 0)


def _wait(lease: Lease, kind: RunKind) -> None:
    """Put the run back until another one ends. That one is held for a moment, so that it cannot end unnoticed."""
    ahead = select(Run.id).where(Run.id == lease.waits_for, Run.state.in_(ACTIVE))
    if db.session.scalar(ahead.with_for_update(read=True, skip_locked=True)) is None:
        return _put_back(lease, kind, after=BUSY_SECONDS)
    return _put_back(lease, kind, WAIT_SECONDS, {"waits_for": lease.waits_for}, wakes=False)


def _put_back(
    lease: Lease, kind: RunKind, after: float = 0, values: Mapping[str, Any] | None = None, wakes: bool = True
) -> None:
    try:
        lease.write(lease=None, leased_until=None, due_at=database_now(after), **(values or {}))
    except Cancelled:
        return _finish(lease, kind, RunState.CANCELLED)
    if wakes:
        wake_later(lease.run.id, kind, delay=after)
    return db.session.commit()


def _finish(lease: Lease, kind: RunKind, state: RunState, **values: Any) -> None:
    _end(lease, kind, state, **values)
    db.session.commit()
    log.info("run.finished", state=state.value, counts=lease.run.counts)


def _end(lease: Lease, kind: RunKind, state: RunState, **values: Any) -> None:
    lease.write(state=state, finished_at=database_now(), lease=None, leased_until=None, **values)
    _wake_those_waiting(lease.run.id)
    if kind.finished:
        kind.finished(lease)


def _wake_those_waiting(run_id: int) -> None:
    freed = db.session.execute(
        update(Run)
        .where(Run.waits_for == run_id, Run.state.in_(ACTIVE))
        .values(due_at=database_now(), waits_for=None)
        .returning(Run.id, Run.kind)
        .execution_options(synchronize_session=False)
    )
    for row in freed.all():
        wake_later(row.id, RUN_KINDS[row.kind])


def _wake_due(run_id: int, kind: str) -> None:
    queue_of_kind = RUN_KINDS[kind].queue
    queue.wake(f"core.runs.advance_on_{queue_of_kind.value}", run_id, queue=queue_of_kind)


# The claim is the run's own, since its lease is renewed while it is worked on; the sweep is everyone's.
RUNS = register(
    DueKind(
        "core.runs",
        Run,
        wake=_wake_due,
        keys=(Run.id, Run.kind),
        waiting=literal_column("state IN ('queued', 'running')", Boolean),
        narrow=lambda: (Run.kind.in_(list(RUN_KINDS)),),
        lease=timedelta(seconds=LEASE_SECONDS),
        longest_wait=OUTAGE.longest,
    )
)


def prune(keep_days: int) -> int:
    """Delete runs that ended so long ago, with what their kinds keep of them; commits; returns how many."""
    pruned = 0
    while rows := db.session.execute(_old(keep_days)).all():
        for kind in {row.kind for row in rows} & set(RUN_KINDS):
            if forget := RUN_KINDS[kind].pruned:
                forget([row.id for row in rows if row.kind == kind])
        db.session.execute(delete(Run).where(Run.id.in_([row.id for row in rows])))
        db.session.commit()
        pruned += len(rows)
    return pruned


def _old(keep_days: int) -> Select[int, str]:
    """Select old runs, but not the newest completed one of a subject where the kind still reads it."""
    newer = aliased(Run)
    is_replaced = exists().where(
        newer.kind == Run.kind, newer.subject_id == Run.subject_id, newer.state == Run.state, newer.id > Run.id
    )
    kept = [name for name in RUN_KINDS if RUN_KINDS[name].keeps_latest]
    may_go = or_(Run.kind.not_in(kept), Run.state != RunState.COMPLETED, is_replaced)
    query = select(Run.id, Run.kind).where(Run.finished_at < database_now() - timedelta(days=keep_days), may_go)
    return query.order_by(Run.finished_at).limit(PRUNED_AT_ONCE)
