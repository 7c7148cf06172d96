"""The life of a run: one start, bounded sittings, cancel at any moment, patience, and the sweep that finds the lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from dramatiq.middleware import TimeLimitExceeded
from flask import Flask
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError

from app.core import shutdown
from app.core.clock import now
from app.core.db import db
from app.core.due.sweep import sweep_kind
from app.core.errors import PermanentFailure, RetryLater
from app.core.runs import operations
from app.core.runs.lease import LEASE_SECONDS, Lease, claim
from app.core.runs.models import Run, RunState
from app.core.runs.operations import RUNS, advance, request_cancel, start
from app.core.runs.registry import SliceResult
from tests.core.runs.conftest import Work, let_pass, ten_steps
from tests.core.test_queue import messages


def wakes(app: Flask) -> list[int]:
    """Ids of the runs that the queue would wake now or later, and nothing else waits there."""
    found = messages(app, "sync") + messages(app, "sync.DQ")
    app.extensions["redis"].flushdb()
    assert {name for name, _ in found} <= {"core.runs.advance_on_sync"}
    return [int(args[0]) for _, args in found]


def test_a_run_goes_to_its_end(app: Flask, work: Work) -> None:
    run = work.start()
    assert wakes(app) == [run.id]
    advance(run.id)
    assert work.stored(run).state == RunState.COMPLETED
    assert (run.done, run.total, run.counts) == (10, 10, {"steps": 10})
    assert run.started_at and run.finished_at and run.lease is None
    assert work.ended == ["completed"]


def test_a_finished_run_may_be_woken_again_without_effect(work: Work) -> None:
    run = work.start()
    advance(run.id)
    advance(run.id)
    assert work.stored(run).done == 10
    assert work.ended == ["completed"]


def test_a_run_that_is_worked_on_is_not_disturbed(work: Work) -> None:
    run = work.start()
    assert claim(run.id)
    advance(run.id)
    assert work.stored(run).done == 0


def test_two_starts_are_one_run(work: Work) -> None:
    first, is_new = start(work.name, 1)
    second, is_new_again = start(work.name, 1)
    assert (is_new, is_new_again) == (True, False)
    assert first.id == second.id


def test_two_starts_at_the_same_moment_are_one_run(app: Flask, work: Work) -> None:
    barrier = Barrier(6)

    def begin(_: int) -> tuple[int, bool]:
        with app.app_context():
            barrier.wait()
            run, is_new = start(work.name, 1)
            db.session.commit()
            return run.id, is_new

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(begin, range(6)))
    assert len({run_id for run_id, _ in results}) == 1
    assert sum(is_new for _, is_new in results) == 1


def test_other_subjects_and_slots_have_runs_of_their_own(work: Work) -> None:
    runs = {work.start(1).id, work.start(2).id, work.start(2, slot="second").id}
    assert len(runs) == 3


def test_after_the_end_a_start_is_a_new_run(work: Work) -> None:
    first = work.start()
    advance(first.id)
    assert work.start().id != first.id


def test_a_start_that_is_rolled_back_leaves_nothing(app: Flask, work: Work) -> None:
    start(work.name, 1)
    db.session.rollback()
    assert wakes(app) == []
    assert db.session.query(Run).count() == 0


def test_a_queued_run_stops_at_once_even_without_any_worker(work: Work) -> None:
    run = work.start()
    assert request_cancel(run)
    db.session.commit()
    assert work.stored(run).state == RunState.CANCELLED
    assert run.finished_at
    assert work.ended == ["cancelled"]


def test_a_running_one_stops_with_the_slice_at_hand(work: Work) -> None:
    def until_cancelled(lease: Lease) -> SliceResult:
        outcome = ten_steps(lease)
        if lease.run.done == 4:
            assert request_cancel(db.session.get(Run, lease.run.id))  # type: ignore[arg-type]
            db.session.commit()
        return outcome

    work.is_done_by(until_cancelled)
    run = work.start()
    advance(run.id)
    assert (work.stored(run).state, run.done) == (RunState.CANCELLED, 4)
    assert work.ended == ["cancelled"]


def test_a_cancel_in_the_middle_of_a_slice_undoes_that_slice(work: Work) -> None:
    def slow(lease: Lease) -> SliceResult:
        if lease.run.done == 2:
            request_cancel(db.session.get(Run, lease.run.id))  # type: ignore[arg-type]
            db.session.commit()
        return ten_steps(lease)

    work.is_done_by(slow)
    run = work.start()
    advance(run.id)
    assert (work.stored(run).state, run.done) == (RunState.CANCELLED, 2)


def test_a_cancel_is_asked_once_and_seen_while_the_worker_has_not_noticed(app: Flask, work: Work) -> None:
    run = work.start()
    assert claim(run.id)
    assert request_cancel(run)
    db.session.commit()
    first = work.stored(run).cancel_requested_at
    assert run.is_cancelling
    assert request_cancel(run)
    assert run.cancel_requested_at == first
    db.session.commit()
    let_pass(LEASE_SECONDS + 1)
    advance(run.id)
    assert work.stored(run).state == RunState.CANCELLED


def test_a_cancel_after_the_end_is_refused(work: Work) -> None:
    run = work.start()
    advance(run.id)
    assert request_cancel(run) is False
    assert work.stored(run).state == RunState.COMPLETED


def test_a_run_that_waits_for_a_service_stops_at_once(work: Work) -> None:
    def refused(lease: Lease) -> SliceResult:
        raise RetryLater("test.busy", after=600)

    work.is_done_by(refused)
    run = work.start()
    advance(run.id)
    request_cancel(run)
    db.session.commit()
    assert work.stored(run).state == RunState.CANCELLED


def test_a_refusal_waits_as_told_and_says_why(app: Flask, work: Work) -> None:
    def refused(lease: Lease) -> SliceResult:
        raise RetryLater("test.busy", after=600, wait=10)

    work.is_done_by(refused)
    run = work.start()
    wakes(app)
    advance(run.id)
    assert (work.stored(run).state, run.reason, run.reason_values) == (RunState.RUNNING, "test.busy", {"wait": 10})
    assert run.due_at > now() + timedelta(seconds=500)
    assert run.lease is None
    assert wakes(app) == [run.id]
    advance(run.id)
    assert work.stored(run).attempts == 1


def test_a_service_that_does_not_answer_is_waited_for_in_growing_pauses_without_end(work: Work) -> None:
    def refused(lease: Lease) -> SliceResult:
        raise RetryLater("test.busy", after=0)

    work.is_done_by(refused, patience=3)
    run, waits = work.start(), list[float]()
    for _ in range(40):
        advance(run.id)
        stored = work.stored(run)
        assert (stored.is_active, stored.reason) == (True, "test.busy")
        # The heartbeat is the moment at which this sitting began.
        waits.append((stored.due_at - stored.heartbeat_at).total_seconds())
        let_pass(1_000)
    for wait, longest in zip(waits, [5, 10, 20, 40, 80, 160] + [300] * 34, strict=True):
        assert 0.8 * longest < wait < longest + 2


def test_a_wait_that_the_service_asked_for_is_kept(work: Work) -> None:
    def refused(lease: Lease) -> SliceResult:
        raise RetryLater("test.busy", after=250)

    work.is_done_by(refused)
    run = work.start()
    advance(run.id)
    stored = work.stored(run)
    assert stored.due_at - stored.heartbeat_at >= timedelta(seconds=250)


def test_it_is_told_since_when_a_run_is_in_trouble_until_it_goes_on(work: Work) -> None:
    refusing = [True, True, False]

    def refused(lease: Lease) -> SliceResult:
        if refusing.pop(0):
            raise RetryLater("test.busy", after=0)
        return ten_steps(lease)

    work.is_done_by(refused)
    run = work.start()
    advance(run.id)
    since = work.stored(run).troubled_since
    assert since is not None
    let_pass(1_000)
    advance(run.id)
    assert work.stored(run).troubled_since == since
    let_pass(1_000)
    refusing += [False, True]
    advance(run.id)
    stored = work.stored(run)
    assert (stored.done, stored.attempts) == (2, 1)
    assert stored.troubled_since > since


def test_a_database_that_fails_every_slice_ends_the_run(work: Work) -> None:
    def failed(lease: Lease) -> SliceResult:
        raise OperationalError("SELECT", {}, Exception("out of memory"))

    work.is_done_by(failed, patience=3)
    run = work.start()
    for _ in range(2):
        advance(run.id)
        assert work.stored(run).is_active
        let_pass(100)
    advance(run.id)
    assert (work.stored(run).state, run.reason) == (RunState.FAILED, "unexpected")
    assert work.ended == ["failed"]


def test_what_will_never_work_fails_at_once_and_keeps_what_came(work: Work) -> None:
    def refused(lease: Lease) -> SliceResult:
        if lease.run.done == 3:
            lease.save(done=1)
            raise PermanentFailure("test.forbidden", who="us")
        return ten_steps(lease)

    work.is_done_by(refused)
    run = work.start()
    advance(run.id)
    assert (work.stored(run).state, run.reason, run.reason_values) == (RunState.FAILED, "test.forbidden", {"who": "us"})
    assert run.done == 3
    assert work.ended == ["failed"]


def test_a_surprise_is_tried_again_a_few_times(work: Work) -> None:
    def broken(lease: Lease) -> SliceResult:
        lease.save(done=1)
        raise ValueError("Something no one thought of.")

    work.is_done_by(broken)
    run = work.start()
    for _ in range(operations.UNEXPECTED_ATTEMPTS):
        assert work.stored(run).is_active
        let_pass(60)
        advance(run.id)
    assert (work.stored(run).state, run.reason, run.done) == (RunState.FAILED, "unexpected", 0)


def test_a_long_run_lets_others_have_a_turn(app: Flask, work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "SITTING_SECONDS", 0)
    run = work.start()
    wakes(app)
    for step in range(1, 10):
        advance(run.id)
        assert (work.stored(run).done, run.lease) == (step, None)
        assert wakes(app) == [run.id]
    advance(run.id)
    assert work.stored(run).state == RunState.COMPLETED


def test_a_worker_that_is_stopped_hands_the_run_on_after_its_slice(
    app: Flask, work: Work, asked_to_stop: Callable[[], None]
) -> None:
    def stopped(lease: Lease) -> SliceResult:
        if lease.run.done == 3:
            asked_to_stop()
        return ten_steps(lease)

    work.is_done_by(stopped)
    run = work.start()
    wakes(app)
    advance(run.id)
    assert (work.stored(run).done, run.lease, run.attempts) == (4, None, 0)
    assert wakes(app) == [run.id]
    advance(run.id)
    assert work.stored(run).done == 4, "Nor does it begin with what comes in the meantime."
    shutdown.reset()
    advance(run.id)
    assert work.stored(run).state == RunState.COMPLETED


def test_a_slice_that_takes_longer_than_any_may_is_undone_and_handed_on(app: Flask, work: Work) -> None:
    def endless(lease: Lease) -> SliceResult:
        if lease.run.done == 3:
            lease.save(done=1)
            raise TimeLimitExceeded
        return ten_steps(lease)

    work.is_done_by(endless)
    run = work.start()
    wakes(app)
    advance(run.id)
    assert (work.stored(run).done, run.lease, run.attempts) == (3, None, 0)
    assert wakes(app) == [run.id]


def test_a_database_that_drops_the_connection_costs_one_slice(work: Work) -> None:
    def cut(lease: Lease) -> SliceResult:
        if lease.run.done == 3 and lease.run.attempts == 0:
            lease.save(done=1)
            with pytest.raises(OperationalError) as caught:
                db.session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
            raise caught.value
        return ten_steps(lease)

    work.is_done_by(cut)
    run = work.start()
    advance(run.id)
    assert (work.stored(run).state, run.done) == (RunState.RUNNING, 3)
    let_pass(60)
    advance(run.id)
    assert (work.stored(run).state, run.done) == (RunState.COMPLETED, 10)


def test_the_sweep_wakes_what_lost_its_message_and_what_lost_its_worker(app: Flask, work: Work) -> None:
    lost, dead, alive, waiting, over = (work.start(subject) for subject in range(1, 6))
    dead_lease = claim(dead.id)
    db.session.execute(update(Run).where(Run.id == dead.id).values(leased_until=now() - timedelta(seconds=1)))
    db.session.execute(update(Run).where(Run.id == waiting.id).values(due_at=now() + timedelta(minutes=5)))
    db.session.commit()
    assert claim(alive.id)
    advance(over.id)
    wakes(app)
    assert sweep_kind(RUNS) == 2
    assert wakes(app) == [lost.id, dead.id]
    advance(dead.id)
    assert work.stored(dead).state == RunState.COMPLETED
    assert dead_lease and dead_lease.run.done == 0


def test_sweeping_again_and_again_sends_each_run_once(app: Flask, work: Work) -> None:
    ids = [work.start(subject).id for subject in range(1, 6)]
    for _ in range(3):
        assert sweep_kind(RUNS) == len(ids)
    assert sorted(wakes(app)) == ids


def test_the_sweep_passes_over_kinds_that_no_one_offers_any_more(app: Flask, work: Work) -> None:
    run = work.start()
    db.session.add(Run(kind="gone", subject_id=1))
    db.session.commit()
    wakes(app)
    assert sweep_kind(RUNS) == 1
    assert wakes(app) == [run.id]
