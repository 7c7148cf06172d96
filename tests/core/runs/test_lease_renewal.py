"""A slice may take longer than its lease: the worker that does it is alive, and no other may take the run."""

from __future__ import annotations

import time
from datetime import timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text

from app import schedule
from app.core.clock import now
from app.core.db import db
from app.core.runs import lease_renewal
from app.core.runs.lease import LEASE_SECONDS, Lease, claim
from app.core.runs.lease_renewal import renew, renewing
from app.core.runs.models import RunState
from app.core.runs.operations import advance
from app.core.runs.registry import SliceResult
from tests.core.runs.conftest import Work, let_pass

RECOVERY_SECONDS = 15


def leased_until() -> object:
    with db.engine.connect() as elsewhere:
        return elsewhere.scalar(text("SELECT leased_until FROM runs"))


def wait_for_a_renewal() -> None:
    """Let the lease be nearly over, as after a long time, and wait until it no longer is."""
    with db.engine.begin() as elsewhere:
        elsewhere.execute(text("UPDATE runs SET leased_until = now() + interval '0.5 seconds'"))
    deadline = time.monotonic() + 20
    while leased_until() < now() + timedelta(seconds=LEASE_SECONDS / 2):  # type: ignore[operator]
        assert time.monotonic() < deadline, "The lease was not renewed."
        time.sleep(0.005)


def test_a_slice_that_says_nothing_keeps_its_run(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_renewal, "RENEW_SECONDS", 0.01)

    def slow(lease: Lease) -> SliceResult:
        wait_for_a_renewal()
        return SliceResult.DONE

    work.is_done_by(slow)
    run = work.start()
    advance(run.id)
    assert work.stored(run).state == RunState.COMPLETED


def test_a_lease_is_renewed_while_the_slice_has_saved_and_not_committed(app: Flask, work: Work) -> None:
    lease = claim(work.start().id)
    assert lease
    lease.save(done=1)
    assert renew(db.engine, lease.run.id, lease.token) is False, "It would have waited for the lock."
    db.session.commit()
    assert renew(db.engine, lease.run.id, lease.token)


def test_a_lease_that_another_worker_has_is_left_alone(work: Work) -> None:
    lease = claim(work.start().id)
    assert lease
    assert not renew(db.engine, lease.run.id, uuid4())
    let_pass(LEASE_SECONDS + 1)
    other = claim(lease.run.id)
    assert other
    assert not renew(db.engine, lease.run.id, lease.token)


def test_a_lease_that_was_given_back_is_left_alone(work: Work) -> None:
    work.is_done_by(lambda lease: SliceResult.WAIT)
    run = work.start()
    advance(run.id)
    assert work.stored(run).leased_until is None
    assert not renew(db.engine, run.id, uuid4())


def test_a_database_that_is_away_for_a_moment_is_asked_again(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease_renewal, "RENEW_SECONDS", 0.01)
    lease = claim(work.start().id)
    assert lease
    others = "pid <> pg_backend_pid() AND datname = current_database()"
    with db.engine.connect() as elsewhere:
        elsewhere.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {others}"))
    with renewing(lease):
        wait_for_a_renewal()


def test_another_worker_goes_on_within_seconds_after_one_was_killed() -> None:
    (sweep,) = (entry for entry in schedule.SCHEDULE if entry.actor in {"core.runs.sweep", "core.due.sweep"})
    assert LEASE_SECONDS + sweep.every.total_seconds() < RECOVERY_SECONDS
    assert lease_renewal.RENEW_SECONDS * 3 < LEASE_SECONDS, "A renewal may fail or be late."
