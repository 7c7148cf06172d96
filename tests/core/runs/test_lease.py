"""One worker at a time, and one that was given up for dead can change nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from app.core.clock import now
from app.core.db import db
from app.core.due.sweep import sweep_kind
from app.core.runs.lease import LEASE_SECONDS, Cancelled, LeaseLost, claim
from app.core.runs.models import Run, RunState
from app.core.runs.operations import RUNS, request_cancel
from tests.core.runs.conftest import Steps, Work, let_pass


def test_of_many_workers_one_gets_the_run(app: Flask, work: Work) -> None:
    run_id, barrier = work.start().id, Barrier(8)

    def attempt(_: int) -> bool:
        with app.app_context():
            barrier.wait()
            return claim(run_id) is not None

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(attempt, range(8))) == 1


def test_a_held_run_cannot_be_taken_until_the_hold_runs_out(work: Work) -> None:
    run = work.start()
    assert claim(run.id)
    assert claim(run.id) is None
    let_pass(LEASE_SECONDS + 1)
    assert claim(run.id)


def test_work_that_says_it_is_alive_keeps_the_run(work: Work) -> None:
    run = work.start()
    lease = claim(run.id)
    assert lease
    let_pass(LEASE_SECONDS - 1)
    lease.prolong()
    let_pass(LEASE_SECONDS - 1)
    assert claim(run.id) is None


def test_saving_progress_keeps_the_run_too(work: Work) -> None:
    run = work.start()
    lease = claim(run.id)
    assert lease
    let_pass(LEASE_SECONDS - 1)
    lease.save(done=1)
    db.session.commit()
    let_pass(LEASE_SECONDS - 1)
    assert claim(run.id) is None


def test_a_worker_whose_run_was_taken_over_can_change_nothing(work: Work) -> None:
    run = work.start()
    dead = claim(run.id)
    let_pass(LEASE_SECONDS + 1)
    alive = claim(run.id)
    assert dead and alive
    alive.save(done=1, cursor=Steps(1))
    db.session.commit()
    with pytest.raises(LeaseLost):
        dead.save(done=5, cursor=Steps(5))
    with pytest.raises(LeaseLost):
        dead.prolong()
    assert (work.stored(run).done, run.cursor) == (1, {"step": 1, "refused": None})


def test_what_the_dead_worker_did_in_the_same_transaction_is_undone(work: Work) -> None:
    run = work.start()
    dead = claim(run.id)
    let_pass(LEASE_SECONDS + 1)
    assert dead
    assert claim(run.id)
    other = Run(kind="test.effect", subject_id=9)
    db.session.add(other)
    db.session.flush()
    with pytest.raises(LeaseLost):
        dead.save(done=1)
    assert db.session.query(Run).filter_by(kind="test.effect").count() == 0


@pytest.mark.parametrize("state", [RunState.COMPLETED, RunState.CANCELLED, RunState.FAILED])
def test_a_run_that_ended_is_never_taken_or_changed(work: Work, state: RunState) -> None:
    run = work.start()
    lease = claim(run.id)
    db.session.execute(update(Run).values(state=state))
    db.session.commit()
    assert lease
    with pytest.raises(LeaseLost):
        lease.save(done=1)
    let_pass(LEASE_SECONDS + 1)
    assert claim(run.id) is None


def test_a_run_that_is_not_due_is_left_alone(work: Work) -> None:
    run = work.start()
    db.session.execute(update(Run).values(due_at=now() + timedelta(hours=1)))
    db.session.commit()
    assert claim(run.id) is None


def test_progress_adds_up_and_clears_the_last_trouble(work: Work) -> None:
    run = work.start()
    db.session.execute(update(Run).values(attempts=2, reason="unexpected"))
    db.session.commit()
    lease = claim(run.id)
    assert lease
    lease.save(add={"new": 3}, done=3, cursor=Steps(1), total=10)
    lease.save(add={"new": 2, "known": 1}, done=3, cursor=Steps(2))
    db.session.commit()
    assert work.stored(run).counts == {"new": 5, "known": 1}
    assert (run.done, run.total, run.cursor) == (6, 10, {"step": 2, "refused": None})
    assert (run.attempts, run.reason, lease.run.attempts) == (0, None, 0)


def test_progress_that_was_rolled_back_is_forgotten_after_looking_again(work: Work) -> None:
    run = work.start()
    lease = claim(run.id)
    assert lease
    lease.save(done=5)
    db.session.rollback()
    lease.prolong()
    lease.save(done=1)
    db.session.commit()
    assert work.stored(run).done == 1


def test_a_save_after_someone_asked_to_stop_is_refused_whole(work: Work) -> None:
    run = work.start()
    lease = claim(run.id)
    assert request_cancel(run)
    db.session.commit()
    assert lease
    with pytest.raises(Cancelled):
        lease.save(done=1)
    assert work.stored(run).done == 0


def test_counting_again_forgets_what_was_counted(work: Work) -> None:
    run = work.start()
    lease = claim(run.id)
    assert lease
    lease.save(done=7, total=9, add={"new": 7}, cursor=Steps(1))
    lease.save(restart=True, skipped=1, add={"known": 1})
    db.session.commit()
    assert (work.stored(run).done, run.total, run.counts, run.cursor) == (
        1,
        None,
        {"known": 1},
        {"step": 1, "refused": None},
    )


def test_counting_again_begins_with_no_pace(work: Work) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        lease = claim(work.start().id)
        assert lease
        for _step in range(2):
            lease.save(done=100)
            clock.shift(1)
        lease.save(restart=True)
        assert lease.run.pace is None
        clock.shift(60)
        lease.save(done=1)
        assert lease.run.pace is None, "The minute of another count does not count."


def test_the_pace_is_that_of_work_and_not_of_what_needed_none(work: Work) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        lease = claim(work.start().id)
        assert lease
        lease.save(skipped=1_000)
        clock.shift(60)
        lease.save(done=100)
        assert lease.run.pace is None
        clock.shift(2)
        lease.save(done=100)
        assert lease.run.pace == pytest.approx(50)
        clock.shift(5)
        lease.save(done=500)
        assert lease.run.pace == pytest.approx(75)
        assert lease.run.done == 1_700


def test_a_long_pause_between_sittings_does_not_slow_the_pace(work: Work) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        run = work.start()
        for pause in (0, 3600):
            clock.shift(pause)
            let_pass(pause)
            lease = claim(run.id)
            assert lease
            lease.save(done=100)
            clock.shift(1)
            lease.save(done=100)
            db.session.commit()
        assert work.stored(run).pace == pytest.approx(100)


def test_a_lease_does_not_outlive_its_holder_because_the_clock_went_back(work: Work) -> None:
    run = work.start()
    assert claim(run.id)
    let_pass(-3600)
    assert claim(run.id) is None, "It is not due either, until the sweep has drawn it in."
    assert sweep_kind(RUNS) == 1
    assert claim(run.id)


def test_a_small_step_back_takes_no_run_from_its_worker(work: Work) -> None:
    run = work.start()
    assert claim(run.id)
    db.session.execute(update(Run).values(leased_until=Run.leased_until + timedelta(seconds=LEASE_SECONDS / 2)))
    db.session.commit()
    assert claim(run.id) is None
