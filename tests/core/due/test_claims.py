"""Claiming: one worker a row, longest waiting first, and one that was presumed dead can change nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text, update

from app.core.clock import now
from app.core.db import db
from app.core.due import sweep
from app.core.due.claims import claim
from app.core.due.queries import counters, state_of
from app.core.due.sweep import sweep_kind
from tests.core.due.conftest import Depot, Parcel


def test_rows_come_longest_waiting_first_and_not_before_their_time(depot: Depot) -> None:
    late, early = depot.store(2, due_in=-10), depot.store(2, due_in=-20)
    depot.store(1, due_in=60)
    assert claim(depot.kind, 3).ids() == [*early, late[0]]
    assert claim(depot.kind, 3).ids() == [late[1]]
    assert not claim(depot.kind, 3)


def test_a_claim_gives_the_kinds_columns_and_counts_as_a_try(depot: Depot) -> None:
    (parcel,) = depot.store(1, street=7)
    (row,) = claim(depot.kind, 1).rows
    assert (row.id, row.street, row.attempts) == (parcel, 7, 1)
    db.session.rollback()
    assert depot.stored(parcel).attempts == 1


def test_only_rows_that_fit_are_claimed(depot: Depot) -> None:
    depot.store(2, street=1)
    wanted = depot.store(2, street=2)
    assert claim(depot.kind, 10, Parcel.street == 2).ids() == wanted


def test_claims_of_many_workers_never_overlap(app: Flask, depot: Depot) -> None:
    parcels, barrier = depot.store(200), Barrier(4)

    def work(_: int) -> list[int]:
        found: list[int] = []
        with app.app_context():
            barrier.wait()
            while claimed := claim(depot.kind, 7):
                found += claimed.ids()
                claimed.done()
                db.session.commit()
        return found

    with ThreadPoolExecutor(4) as pool:
        taken = [parcel for found in pool.map(work, range(4)) for parcel in found]
    assert sorted(taken) == parcels


def test_a_row_that_another_worker_is_claiming_is_passed_over(depot: Depot) -> None:
    first, second = depot.store(2)
    with db.engine.connect() as other:
        other.execute(text("SELECT FROM test_parcels WHERE id = :id FOR UPDATE"), {"id": first})
        assert claim(depot.kind, 2).ids() == [second]


def test_rows_of_a_killed_worker_come_back_when_its_lease_ends(depot: Depot) -> None:
    parcels = depot.store(3)
    assert claim(depot.kind, 3).ids() == parcels
    depot.time_passes(depot.kind.lease.total_seconds() - 1)
    assert not claim(depot.kind, 3)
    depot.time_passes(2)
    again = claim(depot.kind, 3)
    assert again.ids() == parcels
    assert {row.attempts for row in again.rows} == {2}


@pytest.mark.parametrize("way", ["done", "later", "give_up", "release"])
def test_a_worker_presumed_dead_can_change_nothing(depot: Depot, way: str) -> None:
    (parcel,) = depot.store(1)
    dead = claim(depot.kind, 1)
    depot.time_passes(31)
    alive = claim(depot.kind, 1)
    before = depot.stored(parcel)
    getattr(dead, way)()
    db.session.commit()
    assert dead.held() == set()
    assert depot.stored(parcel)[:-1] == before[:-1]
    assert alive.held() == {parcel}
    alive.done()
    db.session.commit()
    assert depot.stored(parcel).due_at is None


def test_an_order_that_comes_while_it_is_worked_on_stays_due(depot: Depot) -> None:
    (parcel,) = depot.store(1)
    # This session believes in what it has loaded before the claim.
    loaded = db.session.get_one(Parcel, parcel)
    assert loaded.leased_until is None
    with db.engine.begin() as other:
        other.execute(text("UPDATE test_parcels SET leased_until = now() + interval '20 seconds', attempts = 1"))
    depot.kind.order(loaded)
    db.session.commit()
    assert claim(depot.kind, 1).ids() == [parcel]


def test_done_rows_are_not_due_any_more_and_take_further_values(depot: Depot) -> None:
    first, second = depot.store(2)
    claimed = claim(depot.kind, 2)
    claimed.done([first], delivered=1)
    db.session.commit()
    row, other = depot.stored(first), depot.stored(second)
    assert (row.due_at, row.attempts, row.leased_until, row.reason, row.delivered) == (None, 0, None, None, 1)
    assert other.leased_until is not None and other.delivered == 0


def test_refused_rows_wait_longer_each_time_up_to_the_cap_and_then_are_given_up(depot: Depot) -> None:
    (parcel,) = depot.store(1)
    waits = []
    for _ in range(3):
        claim(depot.kind, 1).later(reason="test.busy")
        db.session.commit()
        row = depot.stored(parcel)
        assert (row.reason, row.leased_until) == ("test.busy", None)
        waits.append(round(float(row.wait)))
        assert not claim(depot.kind, 1), "Not before its time."
        depot.time_passes(row.wait + 1)
    assert waits == [10, 20, 40]
    claim(depot.kind, 1).later(reason="test.busy")
    db.session.commit()
    assert (depot.stored(parcel).due_at, depot.stored(parcel).reason) == (None, "test.busy")
    assert counters() == {("retried", "test.parcels"): 3, ("given_up", "test.parcels"): 1}


def test_a_service_that_names_a_time_is_waited_for_at_least_so_long(depot: Depot) -> None:
    first, second = depot.store(2)
    claim(depot.kind, 1).later(after=300)
    claim(depot.kind, 1).later(after=1)
    db.session.commit()
    assert depot.stored(first).wait == pytest.approx(300, abs=5)
    assert depot.stored(second).wait == pytest.approx(10, abs=5)


def test_a_try_that_does_not_count_is_not_counted(depot: Depot) -> None:
    (parcel,) = depot.store(1)
    for _ in range(6):
        claim(depot.kind, 1).later(after=60, counts=False)
        db.session.commit()
        depot.time_passes(61)
    row = depot.stored(parcel)
    assert (row.attempts, row.due_at is None) == (0, False)
    assert counters() == {}


def test_released_rows_are_due_at_once_without_a_try_less(depot: Depot) -> None:
    (parcel,) = depot.store(1)
    claim(depot.kind, 1).release()
    db.session.commit()
    assert depot.stored(parcel).attempts == 0
    assert claim(depot.kind, 1)


@pytest.mark.parametrize("jump", [timedelta(days=-2), timedelta(days=2)])
def test_the_databases_clock_decides_whatever_the_programs_says(depot: Depot, jump: timedelta) -> None:
    parcels = depot.store(1)
    (later,) = depot.store(1, due_in=600)
    with time_machine.travel(now() + jump):
        claimed = claim(depot.kind, 5)
        assert claimed.ids() == parcels
        assert not claim(depot.kind, 5)
        claimed.later()
        db.session.commit()
    assert depot.stored(parcels[0]).wait == pytest.approx(10, abs=5)
    assert depot.stored(later).leased_until is None


def test_what_is_due_and_for_how_long_is_told(depot: Depot) -> None:
    assert (state_of(depot.kind).due, state_of(depot.kind).oldest) == (0, 0)
    depot.store(3, due_in=-100)
    depot.store(2, due_in=100)
    claim(depot.kind, 1)
    found = state_of(depot.kind)
    assert found.due == 2
    assert found.oldest == pytest.approx(100, abs=5)


def test_a_withdrawn_order_voids_the_claim(depot: Depot) -> None:
    (parcel,) = depot.store(1)
    claimed = claim(depot.kind, 1)
    depot.kind.withdraw(db.session.get_one(Parcel, parcel, populate_existing=True))
    db.session.commit()
    assert claimed.held() == set()
    db.session.execute(update(Parcel).values(street=3))
    claimed.later()
    db.session.commit()
    assert depot.stored(parcel).due_at is None


def test_a_lease_does_not_outlive_its_holder_because_the_clock_went_back(depot: Depot) -> None:
    (parcel,) = depot.store(1)
    assert claim(depot.kind, 10)
    db.session.execute(text("UPDATE test_parcels SET leased_until = leased_until + interval '1 hour'"))
    db.session.commit()
    assert claim(depot.kind, 10).ids() == [parcel]


def test_what_is_due_further_ahead_than_anything_is_put_off_is_drawn_in(depot: Depot) -> None:
    near, far = depot.store(1, due_in=100), depot.store(1, due_in=86_400)
    sweep_kind(depot.kind)
    assert claim(depot.kind, 10).ids() == [], "Where rows may be due at any time, the time counts."
    depot.has(longest_wait=timedelta(minutes=1))
    sweep_kind(depot.kind)
    assert claim(depot.kind, 10).ids() == far
    assert depot.stored(near[0]).wait > 90


def test_a_wait_that_a_service_asks_for_is_kept(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweep, "LONG_WAITS", {"daily_limit"})
    depot.has(longest_wait=timedelta(minutes=1))
    asked, far = (depot.store(1, due_in=seconds, reason="daily_limit") for seconds in (80_000, 300_000))
    other = depot.store(1, due_in=80_000, reason="unreachable")
    sweep_kind(depot.kind)
    assert sorted(claim(depot.kind, 10).ids()) == sorted([*far, *other])
    assert depot.stored(asked[0]).wait > 70_000
