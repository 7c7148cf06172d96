"""Who leads: one at a time, by the database's clock; a host that vanished loses it, one that ends gives it back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from app.core.clock import now
from app.core.db import db
from app.core.scheduler import leader as module
from app.core.scheduler.leader import LEASE_SECONDS, Candidate, leader
from app.core.scheduler.models import Leadership


@pytest.fixture
def one(app: Flask) -> Candidate:
    return Candidate(db.engine)


@pytest.fixture
def other(app: Flask) -> Candidate:
    return Candidate(db.engine)


def time_passes(seconds: float) -> None:
    """As if the database's clock had gone on."""
    back = timedelta(seconds=seconds)
    db.session.execute(update(Leadership).values(leased_until=Leadership.leased_until - back))
    db.session.commit()


def test_one_leads_and_goes_on_leading(one: Candidate, other: Candidate) -> None:
    assert leader() is None
    assert one.campaign()
    found = leader()
    assert found and found.holder == one.holder
    db.session.rollback()
    time_passes(LEASE_SECONDS - 1)
    assert not other.campaign()
    assert one.campaign()
    time_passes(LEASE_SECONDS - 1)
    assert not other.campaign()
    assert (one.leads, other.leads) == (True, False)
    assert leader() == found, "Renewing changes nothing about since when."


def test_of_many_one_leads(app: Flask) -> None:
    candidates = [Candidate(db.engine) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(Candidate.campaign, candidates)) == 1


def test_a_host_that_vanished_is_replaced_within_a_minute(one: Candidate, other: Candidate) -> None:
    assert LEASE_SECONDS < 55
    assert one.campaign()
    time_passes(LEASE_SECONDS + 1)
    assert leader() is None
    assert other.campaign()
    assert not one.campaign()
    assert not one.leads, "It learns that it was replaced."
    db.session.rollback()
    found = leader()
    assert found and found.holder == other.holder


def test_one_that_ends_gives_its_lease_back_and_no_one_elses(one: Candidate, other: Candidate) -> None:
    assert one.campaign()
    other.resign()
    assert not other.campaign()
    one.resign()
    assert not one.leads
    assert other.campaign()


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(days=1)])
def test_only_the_databases_clock_counts(one: Candidate, other: Candidate, jump: timedelta) -> None:
    assert one.campaign()
    with time_machine.travel(now() + jump):
        assert not other.campaign()
        assert one.campaign() and one.leads
    assert not other.campaign()


def test_without_the_database_it_believes_in_its_lease_no_longer_than_that_lasts(
    one: Candidate, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 5_000.0
    monkeypatch.setattr(module.time, "monotonic", lambda: moment)
    assert one.campaign() and one.leads
    moment += LEASE_SECONDS - 0.1
    assert one.leads
    moment += 0.2
    assert not one.leads


def test_a_leader_that_vanished_before_the_clock_was_set_back_is_replaced(one: Candidate, other: Candidate) -> None:
    assert one.campaign()
    time_passes(-86_400)
    assert leader() is None
    assert other.campaign()
