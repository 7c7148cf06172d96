"""What pages ask about runs."""

from __future__ import annotations

from datetime import timedelta

from app.core.db import db
from app.core.pages import PagePosition
from app.core.runs import queries
from app.core.runs.lease import claim
from app.core.runs.operations import advance
from tests.core.runs.conftest import Work, let_pass


def test_the_newest_run_and_the_history_are_of_one_subject(work: Work) -> None:
    first, other = work.start(1), work.start(2)
    advance(first.id)
    second = work.start(1)
    assert queries.latest_run(work.name, 1) == second
    assert queries.active_run(work.name, 1) == second
    assert queries.history(work.name, 1).rows == [second, first]
    assert queries.history(work.name, 1, oldest=True).rows == [first, second]
    assert queries.history(work.name, 1, PagePosition(size=1)).rows == [second]
    assert (queries.history(work.name, 1, only_ended=True).rows, queries.count_runs(work.name, 1)) == ([first], 2)
    assert queries.active_run(work.name, 2) == other
    assert queries.latest_run(work.name, 3) is None


def test_a_run_is_found_only_under_its_own_kind_and_subject(work: Work) -> None:
    run = work.start(1)
    assert queries.run_by_id(work.name, 1, run.id) == run
    assert queries.run_by_id(work.name, 2, run.id) is None
    assert queries.run_by_id("other", 1, run.id) is None


def test_the_time_left_follows_from_what_is_left_and_the_pace(work: Work) -> None:
    run = work.start(total=100)
    assert queries.time_left(run) is None
    run.done, run.pace = 40, 20.0
    assert queries.rate(run) == 20.0
    assert queries.time_left(run) == timedelta(seconds=3)
    run.done = 140
    assert queries.time_left(run) == timedelta(0)
    run.total = None
    assert queries.time_left(run) is None


def test_there_is_no_time_left_when_it_is_over(work: Work) -> None:
    run = work.start(total=100)
    lease = claim(run.id)
    assert lease
    lease.save(done=100)
    db.session.commit()
    advance(run.id)
    run = work.stored(run)
    run.pace, run.state = 20.0, "completed"
    assert queries.time_left(run) is None


def test_a_run_awaits_a_worker_when_it_is_due_and_none_has_it(work: Work) -> None:
    run, first = work.start(1), work.start(2)
    assert not run.awaits_worker
    let_pass(10)
    assert work.stored(run).awaits_worker
    lease = claim(run.id)
    db.session.commit()
    assert lease and not work.stored(run).awaits_worker
    run.waits_for = first.id
    db.session.commit()
    let_pass(10)
    assert not work.stored(run).awaits_worker
    advance(first.id)
    let_pass(10)
    assert not work.stored(first).awaits_worker
