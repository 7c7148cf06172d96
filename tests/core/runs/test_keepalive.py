"""A run through one long transaction: others see its progress, and can stop it inside a statement."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import ProgrammingError

from app.core.clock import now
from app.core.db import db
from app.core.runs import keepalive as module
from app.core.runs.keepalive import renewing_lease
from app.core.runs.lease import LEASE_SECONDS, Cancelled, Lease, LeaseLost, claim
from app.core.runs.operations import advance
from app.core.runs.registry import SliceResult
from app.core.shutdown import Stopped
from tests.core.runs.conftest import Work
from tests.support.waiting import wait_until

# Far longer than any test may take: only what breaks it off lets the test go on.
ENDLESS = text("SELECT pg_sleep(3600)")


@pytest.fixture
def lease(work: Work, monkeypatch: pytest.MonkeyPatch) -> Lease:
    """A hold that is nearly over, and a beat that comes soon."""
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.02)
    claimed = claim(work.start().id)
    assert claimed
    claimed.write(leased_until=now() + timedelta(seconds=1))
    db.session.commit()
    return claimed


def once_it_runs(act: Callable[[Engine], object]) -> Thread:
    """Let another process act while the endless statement is at work."""

    def wait_and_act(engine: Engine) -> None:
        wait_until(lambda: is_running(engine), "the statement is at work")
        act(engine)

    thread = Thread(target=wait_and_act, args=(db.engine,))
    thread.start()
    return thread


def is_running(engine: Engine) -> bool:
    query = text("SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query = :query")
    with engine.connect() as connection:
        return bool(connection.scalar(query, {"query": str(ENDLESS)}))


def executed(statement: str) -> Callable[[Engine], None]:
    def act(engine: Engine) -> None:
        with engine.begin() as connection:
            connection.execute(text(statement))

    return act


def held_until_and_done() -> tuple[datetime, int]:
    with db.engine.connect() as elsewhere:
        row = elsewhere.execute(text("SELECT leased_until, done FROM runs")).one()
    return row.leased_until, row.done


def wait_for_renewal() -> None:
    before = held_until_and_done()[0]
    wait_until(lambda: held_until_and_done()[0] > before, "the lease is renewed")


def test_others_see_that_it_lives_and_how_far_it_is(lease: Lease) -> None:
    with renewing_lease(lease) as beat:
        db.session.execute(text("CREATE TEMPORARY TABLE steps ON COMMIT DROP AS SELECT 1"))
        beat.done = 42
        wait_until(lambda: held_until_and_done()[1] == 42, "others see how far it is")
        assert held_until_and_done()[0] > now() + timedelta(seconds=LEASE_SECONDS / 2)
    lease.save(done=50)
    db.session.commit()
    assert held_until_and_done()[1] == 50


def test_others_see_the_pace_of_this_work_and_no_earlier_one(lease: Lease) -> None:
    def pace() -> float:
        with db.engine.connect() as elsewhere:
            return float(elsewhere.execute(text("SELECT pace FROM runs")).scalar_one())

    lease.write(pace=1e9)
    db.session.commit()
    with renewing_lease(lease) as beat:
        beat.done = 0
        for _ in range(3):
            wait_for_renewal()
            assert pace() == 1e9, "Nothing is done yet."
        beat.done = 42
        wait_until(lambda: pace() != 1e9, "others see the new pace")
        assert 0 < pace() < 1e9
    lease.save()
    db.session.commit()


def test_a_cancel_breaks_off_the_statement_and_undoes_everything(lease: Lease) -> None:
    other = once_it_runs(executed("UPDATE runs SET cancel_requested_at = now()"))
    with pytest.raises(Cancelled), renewing_lease(lease):
        db.session.execute(text("INSERT INTO id_links (account_id, line_user_id, user_id) VALUES (1, 'U', 'x')"))
        db.session.execute(ENDLESS)
    other.join()
    assert db.session.scalar(text("SELECT count(*) FROM id_links")) == 0


def test_the_end_of_the_worker_does_so_too(lease: Lease, asked_to_stop: Callable[[], None]) -> None:
    other = once_it_runs(lambda engine: asked_to_stop())
    with pytest.raises(Stopped), renewing_lease(lease):
        db.session.execute(ENDLESS)
    other.join()


def test_a_lost_hold_does_so_too(lease: Lease) -> None:
    other = once_it_runs(executed("UPDATE runs SET lease = gen_random_uuid()"))
    with pytest.raises(LeaseLost), renewing_lease(lease):
        db.session.execute(ENDLESS)
    other.join()


def test_between_two_statements_it_is_asked_for(lease: Lease) -> None:
    with pytest.raises(Cancelled), renewing_lease(lease) as beat:
        beat.check()
        executed("UPDATE runs SET cancel_requested_at = now()")(db.engine)
        wait_until(beat.check, "the cancel is noticed")


def test_errors_of_its_own_are_its_own(lease: Lease) -> None:
    with pytest.raises(ProgrammingError), renewing_lease(lease):
        db.session.execute(text("SELECT * FROM nowhere"))
    db.session.rollback()


def test_a_run_whose_turn_has_not_come_looks_again_and_counts_no_failure(work: Work) -> None:
    turns = iter([SliceResult.WAIT] * 20 + [SliceResult.DONE])
    work.is_done_by(lambda lease: next(turns), patience=1)
    run = work.start()
    for _ in range(20):
        advance(run.id)
        assert work.stored(run).is_active and run.due_at > now() and run.lease is None and run.attempts == 0
        run.due_at = now()
        db.session.commit()
    advance(run.id)
    assert not work.stored(run).is_active
