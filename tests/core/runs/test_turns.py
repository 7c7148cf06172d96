"""A run that waits for another: woken by its end, and never asked before without need."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select, text, update

from app.core.db import db
from app.core.runs import cursors
from app.core.runs.cursors import UNREADABLE
from app.core.runs.lease import Lease, claim
from app.core.runs.models import Run, RunState
from app.core.runs.operations import WAIT_SECONDS, advance, prune, request_cancel
from app.core.runs.registry import SliceResult
from tests.core.runs.conftest import Steps, Work, let_pass, ten_steps
from tests.core.runs.test_operations import wakes


@pytest.fixture
def asked(work: Work) -> list[int]:
    """Runs that were asked whether it is their turn; the one that is started first comes first."""
    found: list[int] = []

    def in_turn(lease: Lease) -> SliceResult:
        found.append(lease.run.id)
        ahead = db.session.scalar(select(db.func.max(Run.id)).where(Run.id < lease.run.id, Run.finished_at.is_(None)))
        if ahead is None:
            return ten_steps(lease)
        lease.wait_for(ahead)
        return SliceResult.WAIT

    work.is_done_by(in_turn)
    return found


def test_it_is_woken_by_the_end_of_the_one_before(app: Flask, work: Work, asked: list[int]) -> None:
    first, second = work.start(1), work.start(2)
    wakes(app)
    advance(second.id)
    assert work.stored(second).waits_for == first.id
    assert wakes(app) == []
    advance(second.id)
    let_pass(WAIT_SECONDS - 5)
    advance(second.id)
    assert asked == [second.id], "It is not asked again while nothing has changed."
    advance(first.id)
    assert wakes(app) == [second.id]
    advance(second.id)
    assert (work.stored(second).state, second.waits_for) == (RunState.COMPLETED, None)


def test_a_cancel_of_the_one_before_wakes_it_too(app: Flask, work: Work, asked: list[int]) -> None:
    first, second = work.start(1), work.start(2)
    advance(second.id)
    wakes(app)
    request_cancel(work.stored(first))
    db.session.commit()
    assert wakes(app) == [second.id]


def test_should_the_wake_up_be_lost_it_looks_again(work: Work, asked: list[int]) -> None:
    first, second = work.start(1), work.start(2)
    advance(second.id)
    db.session.execute(update(Run).where(Run.id == first.id).values(state="completed", finished_at=db.func.now()))
    db.session.commit()
    let_pass(WAIT_SECONDS + 1)
    advance(second.id)
    assert work.stored(second).state == RunState.COMPLETED


def test_while_the_other_is_being_written_it_is_asked_again_soon(app: Flask, work: Work, asked: list[int]) -> None:
    first, second = work.start(1), work.start(2)
    wakes(app)
    with db.engine.connect() as other:
        other.execute(text("SELECT FROM runs WHERE id = :id FOR UPDATE"), {"id": first.id})
        advance(second.id)
    assert work.stored(second).waits_for is None
    assert wakes(app) == [second.id]


def test_a_run_that_waits_can_be_cancelled(work: Work, asked: list[int]) -> None:
    work.start(1)
    second = work.start(2)
    advance(second.id)
    request_cancel(work.stored(second))
    db.session.commit()
    assert work.stored(second).state == RunState.CANCELLED


def test_a_cursor_that_cannot_be_read_ends_the_run_with_its_reason(work: Work) -> None:
    run = work.start()
    db.session.execute(update(Run).values(cursor={"step": "three"}))
    db.session.commit()
    advance(run.id)
    assert (work.stored(run).state, run.reason) == (RunState.FAILED, UNREADABLE)
    assert run.done == 0


def test_a_cursor_is_read_as_it_was_saved_and_begins_at_its_defaults(work: Work) -> None:
    run = work.start(cursor=Steps(4))
    assert run.cursor == {"step": 4, "refused": None}
    lease = claim(run.id)
    assert lease and lease.cursor(Steps) == Steps(4)
    assert cursors.read(Steps, {}) == Steps()
    assert cursors.read(Steps, {"step": 2, "of_another_version": True}) == Steps(2)


def ended(work: Work, subject_id: int, days: float, state: str = "completed") -> int:
    run = work.start(subject_id)
    db.session.execute(
        update(Run).where(Run.id == run.id).values(state=state, finished_at=db.func.now() - timedelta(days=days))
    )
    db.session.commit()
    return run.id


def test_old_runs_are_pruned_with_what_their_kind_keeps_of_them(work: Work) -> None:
    forgotten: list[int] = []
    work.is_done_by(ten_steps, pruned=forgotten.extend)
    old = {ended(work, 1, 11), ended(work, 1, 12, "failed")}
    kept = {ended(work, 1, 9), work.start(2).id}
    assert prune(10) == 2
    assert set(forgotten) == old
    assert set(db.session.scalars(select(Run.id))) == kept
    assert prune(10) == 0


def test_the_newest_completed_one_stays_where_it_is_still_asked_for(work: Work) -> None:
    work.is_done_by(ten_steps, keeps_latest=True)
    ended(work, 1, 30)
    newest = {ended(work, 1, 20), ended(work, 2, 40)}
    ended(work, 1, 15, "failed")
    assert prune(10) == 2
    assert set(db.session.scalars(select(Run.id))) == newest
