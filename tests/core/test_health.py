"""/healthz says that the process answers, /readyz that it has everything it needs."""

from __future__ import annotations

import pytest
import redis
from flask import Flask
from sqlalchemy import text

from app.core import heartbeats
from app.core.db import db
from app.core.worker_classes import STARTED
from tests.support.client import CheckingClient

STORES = {"database": True, "redis": True, "migrations": True}


def beat(*kinds: str) -> None:
    """Signs of life of these kinds of process, or of a worker of each class."""
    for kind in kinds or map(heartbeats.worker_kind, STARTED):
        heartbeats.beat_once(f"here:1:{kind}", kind, db.engine)


def test_the_process_answers_whatever_else_is_missing(browser: CheckingClient) -> None:
    assert browser.get("/healthz").get_json() == {"status": "ok"}


def test_ready_with_everything_there(browser: CheckingClient) -> None:
    beat()
    response = browser.get("/readyz")
    assert response.status_code == 200
    workers = {"worker.realtime": True, "worker.sending": True, "worker.bulk": True}
    assert response.get_json()["checks"] == STORES | workers


def test_not_ready_without_a_worker_of_each_class(browser: CheckingClient) -> None:
    beat("scheduler", "worker.realtime", "worker.sending")
    response = browser.get("/readyz")
    assert response.status_code == 503
    workers = {"worker.realtime": True, "worker.sending": True, "worker.bulk": False}
    assert response.get_json()["checks"] == STORES | workers


def test_not_ready_with_a_worker_that_fell_silent(browser: CheckingClient) -> None:
    beat()
    db.session.execute(text("UPDATE heartbeats SET beat_at = now() - interval '1 minute'"))
    assert browser.get("/readyz").get_json()["checks"]["worker.realtime"] is False


def test_not_ready_without_redis(browser: CheckingClient, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    beat()
    nowhere = redis.Redis(port=1, socket_connect_timeout=0.2)
    monkeypatch.setitem(app.extensions, "redis", nowhere)
    checks = browser.get("/readyz").get_json()["checks"]
    assert (checks["redis"], checks["database"]) == (False, True)


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
    assert "worker.bulk" in checks


def test_processes_that_died_a_day_ago_are_forgotten(app: Flask) -> None:
    beat("scheduler")
    db.session.execute(text("UPDATE heartbeats SET beat_at = now() - interval '2 days'"))
    db.session.commit()
    beat("worker.bulk")
    assert db.session.scalars(text("SELECT kind FROM heartbeats")).all() == ["worker.bulk"]
