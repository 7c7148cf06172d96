"""A LINE that answers slowly: progress, rate and time left move within a batch, and a cancel needs no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from flask import Flask

from app.core.db import db
from app.core.runs.models import Run, RunState
from app.core.runs.operations import advance
from app.core.runs.queries import time_left
from app.imports.friends import profiles
from app.imports.friends.operations import cancel_friend_import
from app.team.actors import SYSTEM
from tests.imports.conftest import PROFILE, Connected, finish, friends_of, start
from tests.support.waiting import PATIENCE, wait_until


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiles, "STORE_SECONDS", 0.05)


@contextmanager
def working(app: Flask, run: Run) -> Iterator[Thread]:
    """A worker that does the run in a thread of its own, and ends with the run."""
    run_id = run.id

    def work() -> None:
        with app.app_context():
            while db.session.get_one(Run, run_id, populate_existing=True).is_active:
                db.session.rollback()
                advance(run_id)
            db.session.remove()

    thread = Thread(target=work, daemon=True)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(PATIENCE)


def stored(run: Run) -> Run:
    db.session.rollback()
    db.session.refresh(run)
    return run


def cancel(here: Connected) -> None:
    cancel_friend_import(here.account, actor=SYSTEM)
    db.session.commit()


def test_progress_rate_and_time_left_are_told_within_a_batch(app: Flask, connected: Callable[..., Connected]) -> None:
    here = connected(followers=400, latency={"profiles_per_second": 20})
    run = start(here.account)
    with working(app, run):
        wait_until(lambda: stored(run).pace and run.done, "the rate is known")
        assert 0 < run.done < 400
        assert run.counts["new"] == run.done
        assert time_left(run)
        here.line.api("PATCH", here.path, {"latency": {"profiles_per_second": 0}})
        cancel(here)
    assert stored(run).state == RunState.CANCELLED
    assert len(friends_of(here.account)) == run.done


def test_a_cancel_does_not_wait_for_answers_and_keeps_what_came(
    app: Flask, connected: Callable[..., Connected]
) -> None:
    here = connected(followers=60)
    silence = here.fault("latency", fixed_ms=1000 * PATIENCE * 5, skip=25, path=PROFILE)
    run = start(here.account)
    with working(app, run) as worker:
        wait_until(lambda: stored(run).done == 25, "what came is stored")
        cancel(here)
    assert not worker.is_alive()
    assert (stored(run).state, len(friends_of(here.account))) == (RunState.CANCELLED, 25)
    here.line.api("DELETE", f"/faults/{silence['id']}")
    again = finish(here.account)
    assert again.counts == {"listed": 60, "known": 25, "new": 35, "unavailable": 0, "failed": 0}
