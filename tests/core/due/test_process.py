"""Working on due rows: in batches, about a second at a time, and one bad row costs only itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from dramatiq.middleware import TimeLimitExceeded
from flask import Flask
from sqlalchemy import Integer, column, select, text, values

from app.core import shutdown
from app.core.db import db
from app.core.due import process as module
from app.core.due.claims import Claim, claim
from app.core.due.process import process
from app.core.due.registry import DUE_KINDS, register
from app.core.due.sweep import sweep, sweep_kind
from app.core.errors import PermanentFailure, RetryLater
from app.core.web import metrics
from tests.core.due.conftest import Depot, Parcel


@pytest.fixture(autouse=True)
def going_on() -> Iterator[None]:
    yield
    shutdown.reset()


class Porter:
    """Delivers what it gets, unless a test says otherwise."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.again = 0

    def __call__(self, claimed: Claim) -> None:
        assert not db.session().in_transaction()
        self.batches.append(claimed.ids())
        claimed.done(delivered=1)

    def wake(self) -> None:
        self.again += 1

    def run(self, depot: Depot) -> int:
        return process(depot.kind, self, again=self.wake)


def test_everything_due_is_handed_over_in_batches(depot: Depot) -> None:
    parcels, porter = depot.store(23), Porter()
    assert porter.run(depot) == 23
    assert [len(batch) for batch in porter.batches] == [10, 10, 3]
    assert all(depot.stored(parcel).delivered for parcel in parcels)
    assert porter.again == 0
    assert porter.run(depot) == 0


def test_after_about_a_second_the_rest_is_left_to_another_turn(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter((0.0, 0.4, 1.0))
    monkeypatch.setattr(module.time, "monotonic", lambda: next(moments))
    depot.store(35)
    porter = Porter()
    assert porter.run(depot) == 20
    assert porter.again == 1


def test_a_worker_that_is_told_to_stop_ends_after_its_batch(depot: Depot) -> None:
    depot.store(25)

    class Stopping(Porter):
        def __call__(self, claimed: Claim) -> None:
            super().__call__(claimed)
            shutdown.request()

    porter = Stopping()
    assert (porter.run(depot), porter.again) == (10, 1)
    assert porter.run(depot) == 0, "Nor does it begin with anything."


def failing(porter: Porter, error: BaseException, only: int | None = None) -> None:
    def handle(claimed: Claim) -> None:
        if only is None or only in claimed.ids():
            claimed.done(delivered=9)
            raise error
        Porter.__call__(porter, claimed)

    porter.__class__ = type("Failing", (Porter,), {"__call__": lambda self, claimed: handle(claimed)})


def test_a_refusal_postpones_the_batch_and_undoes_what_it_did(depot: Depot) -> None:
    (parcel,), porter = depot.store(1), Porter()
    failing(porter, RetryLater("test.busy", after=120))
    porter.run(depot)
    row = depot.stored(parcel)
    assert (row.reason, row.attempts, row.delivered) == ("test.busy", 1, 0)
    assert row.wait == pytest.approx(120, abs=5)


def test_what_will_never_work_is_given_up(depot: Depot) -> None:
    (parcel,), porter = depot.store(1), Porter()
    failing(porter, PermanentFailure("test.forbidden"))
    porter.run(depot)
    row = depot.stored(parcel)
    assert (row.reason, row.due_at, row.delivered) == ("test.forbidden", None, 0)


def test_one_bad_row_costs_only_itself(depot: Depot) -> None:
    parcels, porter = depot.store(10), Porter()
    bad = parcels[4]
    failing(porter, ValueError("No one thought of this."), only=bad)
    porter.run(depot)
    assert [parcel for parcel in parcels if not depot.stored(parcel).delivered] == [bad]
    row = depot.stored(bad)
    assert (row.reason, row.attempts) == ("unexpected", 1)
    assert row.wait == pytest.approx(10, abs=5)


def test_a_row_that_killed_its_workers_is_given_up_without_another(depot: Depot) -> None:
    (parcel,), porter = depot.store(1), Porter()
    for _ in range(depot.kind.backoff.most):
        assert claim(depot.kind, 1)
        depot.time_passes(31)
    assert depot.store(1)
    porter.run(depot)
    assert parcel not in [one for batch in porter.batches for one in batch]
    assert len(porter.batches) == 1
    assert (depot.stored(parcel).due_at, depot.stored(parcel).reason) == (None, "unexpected")


def test_a_batch_that_took_longer_than_any_may_is_handed_on(depot: Depot) -> None:
    (parcel,), porter = depot.store(1), Porter()
    failing(porter, TimeLimitExceeded())
    porter.run(depot)
    row = depot.stored(parcel)
    assert (row.attempts, row.leased_until, row.delivered) == (0, None, 0)
    assert claim(depot.kind, 1)


def test_a_killed_worker_leaves_its_rows_for_the_sweep(depot: Depot) -> None:
    class Killed(BaseException):
        pass

    parcels, porter = depot.store(2), Porter()
    failing(porter, Killed())
    with pytest.raises(Killed):
        porter.run(depot)
    db.session.rollback()
    assert sweep_kind(depot.kind) == 0
    depot.time_passes(31)
    assert sweep_kind(depot.kind) == 2
    assert depot.woken == [(parcel,) for parcel in parcels]
    assert Porter().run(depot) == 2


def test_the_sweep_wakes_once_for_all_rows_where_no_keys_are_named(depot: Depot) -> None:
    depot.has(keys=())
    assert (sweep_kind(depot.kind), depot.woken) == (0, [])
    depot.store(5)
    assert (sweep_kind(depot.kind), depot.woken) == (1, [()])


def test_the_sweep_wakes_each_part_that_has_something_due(depot: Depot) -> None:
    streets = select(values(column("street", Integer), name="streets").data([(1,), (2,), (3,)]).c.street)
    depot.has(keys=(), partition=(Parcel.street, streets))
    depot.store(4, street=2)
    depot.store(1, street=3, due_in=60)
    depot.store(1, street=4)
    sweep_kind(depot.kind)
    assert depot.woken == [(2,)]


def test_one_kind_that_cannot_be_swept_stops_no_other(app: Flask, depot: Depot) -> None:
    depot.store(1)
    with DUE_KINDS.restored():
        register(replace(depot.kind, name="test.broken", narrow=lambda: (text("no_such_column"),)))
        register(depot.kind)
        assert sweep() == 1


def test_metrics_tell_what_is_due(app: Flask, depot: Depot) -> None:
    depot.store(3, due_in=-50)
    claim(depot.kind, 1).later()
    with DUE_KINDS.restored():
        register(depot.kind)
        found = {
            (sample.name, sample.labels.get("kind")): sample.value
            for family in (*metrics._due_rows(), *metrics._due_counters())
            for sample in family.samples
        }
    assert found["tomoru_due_rows", "test.parcels"] == 2
    assert found["tomoru_due_oldest_seconds", "test.parcels"] == pytest.approx(50, abs=5)
    assert found["tomoru_due_retried_total", "test.parcels"] == 1
