"""/healthz says that the process answers, /readyz that this web can serve, /statusz that nothing is missing."""

from __future__ import annotations

import pytest
import redis
from flask import Flask
from sqlalchemy import text

from app.core import heartbeats
from app.core.db import db
from app.core.redis_client import connect
from app.core.scheduler.leader import Candidate
from app.core.worker_classes import STARTED
from app.line.setup_checks.results import run_all
from app.line.setup_checks.texts import CheckState
from tests.support.client import CheckingClient
from tests.support.redis_servers import NOWHERE

STORES = {"database": True, "migrations": True, "database_writes": True, "redis": True}
WORKERS = {"worker.realtime": True, "worker.sending": True, "worker.bulk": True}


def beat(*kinds: str) -> None:
    """Signs of life of these kinds of process, or of a worker of each class."""
    for kind in kinds or map(heartbeats.worker_kind, STARTED):
        heartbeats.beat_once(f"here:1:{kind}", kind, db.engine)


def test_the_process_answers_whatever_else_is_missing(browser: CheckingClient) -> None:
    assert browser.get("/healthz").get_json() == {"status": "ok"}


@pytest.fixture
def leads(app: Flask) -> None:
    """A scheduler leads."""
    assert Candidate(db.engine).campaign()


@pytest.mark.usefixtures("leads")
def test_the_installation_is_whole_with_everything_there(browser: CheckingClient) -> None:
    beat()
    response = browser.get("/statusz")
    assert (response.status_code, response.json["status"]) == (200, "ok")  # type: ignore[index]
    assert response.json["checks"] == STORES | WORKERS | {"scheduler": True}  # type: ignore[index]


@pytest.mark.usefixtures("leads")
def test_it_is_not_whole_without_a_worker_of_each_class(browser: CheckingClient) -> None:
    beat("worker.realtime", "worker.sending")
    response = browser.get("/statusz")
    assert response.status_code == 503
    assert response.json["checks"] == STORES | WORKERS | {"worker.bulk": False, "scheduler": True}  # type: ignore[index]


def test_it_is_not_whole_without_a_scheduler_that_leads(browser: CheckingClient) -> None:
    beat("scheduler", *map(heartbeats.worker_kind, STARTED))
    response = browser.get("/statusz")
    assert (response.status_code, response.json["checks"]["scheduler"]) == (503, False)  # type: ignore[index]


@pytest.mark.usefixtures("leads")
def test_it_is_not_whole_with_a_worker_that_fell_silent(browser: CheckingClient) -> None:
    beat()
    db.session.execute(text("UPDATE heartbeats SET beat_at = now() - interval '1 minute'"))
    assert browser.get("/statusz").get_json()["checks"]["worker.realtime"] is False


def test_a_web_is_ready_whatever_the_workers_do(browser: CheckingClient) -> None:
    response = browser.get("/readyz")
    assert (response.status_code, response.json) == (200, {"status": "ok", "checks": STORES})


def test_a_redis_that_is_away_is_named_and_keeps_no_web_from_serving(
    browser: CheckingClient, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    beat()
    monkeypatch.setitem(app.extensions, "redis", connect(NOWHERE))
    response = browser.get("/readyz")
    assert (response.status_code, response.json["status"]) == (200, "limited")  # type: ignore[index]
    assert response.json["checks"] == STORES | {"redis": False}  # type: ignore[index]
    assert browser.get("/statusz").status_code == 503


def test_a_redis_that_answers_and_stores_nothing_is_named(
    browser: CheckingClient, app: Flask, refusing_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert refusing_redis.ping()
    monkeypatch.setitem(app.extensions, "redis", refusing_redis)
    assert browser.get("/readyz").json["checks"] == STORES | {"redis": False}  # type: ignore[index]
    found = {check.name: check for check in run_all()}
    assert (found["redis"].state, found["redis"].code) == (CheckState.RED, "refusing")


@pytest.mark.usefixtures("read_only")
def test_a_database_that_takes_no_changes_is_named(browser: CheckingClient) -> None:
    response = browser.get("/readyz")
    assert (response.status_code, response.json["status"]) == (200, "limited")  # type: ignore[index]
    assert response.json["checks"] == STORES | {"database_writes": False}  # type: ignore[index]
    found = {check.name: check for check in run_all()}
    assert (found["database"].state, found["database"].code) == (CheckState.RED, "read_only")


def test_not_ready_while_a_migration_is_missing(browser: CheckingClient) -> None:
    head = db.session.scalar(text("SELECT version_num FROM alembic_version"))
    db.session.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    try:
        assert browser.get("/readyz").get_json()["checks"]["migrations"] is False
    finally:
        db.session.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})
        db.session.commit()


def test_not_ready_without_a_database(browser: CheckingClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*args: object, **kwargs: object) -> None:
        raise ConnectionError

    engine = db.engine
    monkeypatch.setattr(engine.dialect, "connect", away)
    engine.dispose()
    response = browser.get("/readyz")
    assert response.status_code == 503
    checks = response.get_json()["checks"]
    assert [name for name, passes in checks.items() if passes] == ["redis"]
    whole = browser.get("/statusz").get_json()["checks"]
    assert [name for name, passes in whole.items() if passes] == ["redis"]
    assert "worker.bulk" in whole


def test_processes_that_died_a_day_ago_are_forgotten(app: Flask) -> None:
    beat("scheduler")
    db.session.execute(text("UPDATE heartbeats SET beat_at = now() - interval '2 days'"))
    db.session.commit()
    beat("worker.bulk")
    assert db.session.scalars(text("SELECT kind FROM heartbeats")).all() == ["worker.bulk"]
