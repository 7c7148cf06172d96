"""How many connections the processes that live now may open, compared with what PostgreSQL allows."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text

from app.core import heartbeats
from app.core.config import Config
from app.core.db import connections, db
from app.core.db.connections import Connections, wanted
from app.core.worker_classes import WorkerClass, connections_of
from app.line.setup_checks.results import run_all
from app.line.setup_checks.texts import CheckState

LIVING = [
    ("one:1", "web"),
    ("one:2", "web"),
    ("one:3", "worker.realtime"),
    ("one:3", "worker.sending"),
    ("one:4", "worker.bulk"),
    ("one:5", "scheduler"),
]


def test_all_processes_together(config: Config) -> None:
    webs = 2 * (config.database_pool + 1)
    assert wanted(config, LIVING) == webs + (2 * 11 + 2) + (2 * 6 + 2) + 2


def test_behind_a_pooler_only_the_intake_counts(config: Config) -> None:
    assert wanted(replace(config, database_direct_url="postgresql://direct/x"), LIVING) == 2


def test_the_guide_tells_the_same_numbers(config: Config) -> None:
    assert config.database_pool == 20
    assert connections_of(config, [WorkerClass.REALTIME, WorkerClass.SENDING]) == 24
    assert connections_of(config, [WorkerClass.BULK]) == 14
    assert wanted(config, LIVING) == 82


def test_no_engine_opens_more_than_it_may(app: Flask) -> None:
    pool = db.engine.pool
    most = app.config["TOMORU"].database_pool
    assert pool.size() + pool._max_overflow == most  # type: ignore[attr-defined]


def test_what_postgresql_says_is_judged(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    found = connections.counted()
    assert 0 < found.used < found.most
    for counts, state in (
        (Connections(5, 97, 78), CheckState.GREEN),
        (Connections(5, 97, 98), CheckState.ADVICE),
        (Connections(90, 97, 78), CheckState.RED),
    ):
        monkeypatch.setattr(connections, "counted", lambda counts=counts: counts)
        (check,) = [check for check in run_all() if check.name == "connections"]
        assert check.state == state
        assert str(counts.most) in check.sentence


def test_living_processes_are_those_with_a_heartbeat(app: Flask) -> None:
    heartbeats.beat_once("host:with:colons:7:web", "web", db.engine)
    assert heartbeats.living() == [("host:with:colons:7", "web")]


def test_postgresql_ends_a_session_that_leaves_a_transaction_open(app: Flask) -> None:
    if app.config["TOMORU"].database_direct_url:
        pytest.skip("behind a pooler the server has the setting")
    assert db.session.scalar(text("SHOW idle_in_transaction_session_timeout")) == "1min"
