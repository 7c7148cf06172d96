"""A slow answer from outside: the run stays held, and a cancel is noticed before the answer comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.db import db
from app.core.runs import async_wait
from app.core.runs.async_wait import wait_alive
from app.core.runs.lease import LEASE_SECONDS, Cancelled, Lease, LeaseLost, claim
from app.core.runs.operations import request_cancel
from app.core.shutdown import Stopped
from tests.core.runs.conftest import Work


@pytest.fixture
def lease(work: Work, monkeypatch: pytest.MonkeyPatch) -> Lease:
    """A hold that is nearly over, and a beat that comes at once."""
    monkeypatch.setattr(async_wait, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(async_wait, "LOOK_SECONDS", 0.01)
    claimed = claim(work.start().id)
    assert claimed
    claimed.write(leased_until=now() + timedelta(seconds=1))
    db.session.commit()
    return claimed


def wait_for(lease: Lease, answer: Awaitable[str]) -> str:
    async def wait() -> str:
        task = asyncio.ensure_future(answer)
        await wait_alive(lease, task)
        return task.result()

    return asyncio.run(wait())


async def until_prolonged(lease: Lease) -> str:
    """An answer that comes only after the hold was prolonged."""
    first = lease.run.leased_until
    while lease.run.leased_until == first:
        await asyncio.sleep(0.005)
    return "late"


def test_an_answer_that_is_there_needs_no_beat(lease: Lease) -> None:
    held_until = lease.run.leased_until
    assert wait_for(lease, asyncio.sleep(0, "at once")) == "at once"
    assert lease.run.leased_until == held_until


def test_a_late_answer_finds_the_run_still_held(lease: Lease) -> None:
    assert wait_for(lease, until_prolonged(lease)) == "late"
    assert lease.run.leased_until
    assert lease.run.leased_until > now() + timedelta(seconds=LEASE_SECONDS / 2)


def test_a_cancel_is_noticed_while_waiting(work: Work, lease: Lease) -> None:
    run = work.start()
    assert run.id == lease.run.id
    request_cancel(run)
    db.session.commit()
    with pytest.raises(Cancelled):
        wait_for(lease, asyncio.sleep(60, "never"))


def test_a_run_that_was_taken_over_is_noticed_while_waiting(lease: Lease) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE runs SET lease = gen_random_uuid()")
    with pytest.raises(LeaseLost):
        wait_for(lease, asyncio.sleep(60, "never"))


def test_the_end_of_the_worker_is_noticed_while_waiting(lease: Lease, asked_to_stop: Callable[[], None]) -> None:
    async def is_told() -> str:
        asked_to_stop()
        await asyncio.sleep(60)
        return "never"

    with pytest.raises(Stopped):
        wait_for(lease, is_told())


def test_no_one_waits_who_was_told_before(lease: Lease, asked_to_stop: Callable[[], None]) -> None:
    asked_to_stop()
    with pytest.raises(Stopped):
        wait_for(lease, asyncio.sleep(0, "at once"))
