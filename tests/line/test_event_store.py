"""Storing under load: many threads, one connection, nothing lost and nothing twice."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.db import db
from app.line.intake.parse import Arrival
from app.line.intake.store import EventStore
from app.line.models import Account, EventState, WebhookEvent
from tests.factories import line as factory

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def account(app: Flask) -> Account:
    return factory.account()


@pytest.fixture
def store(app: Flask) -> EventStore:
    return EventStore(db.engine.url.render_as_string(hide_password=False))


def arrival(event_id: str, **payload: object) -> Arrival:
    return Arrival(event_id, "follow", "U1", AT, False, dict(payload))


def test_threads_at_once_lose_nothing_and_store_nothing_twice(store: EventStore, account: Account) -> None:
    account_id, errors = account.id, []
    start = threading.Barrier(8)

    def put(thread: int) -> None:
        start.wait()
        for number in range(40):
            try:
                # Each event arrives from two threads.
                store.put(account_id, EventState.PENDING, [arrival(f"{thread // 2}-{number}")])
            except psycopg.Error as error:
                errors.append(error)

    threads = [threading.Thread(target=put, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    count, duplicates = db.session.execute(select(func.count(WebhookEvent.id), func.sum(WebhookEvent.duplicates))).one()
    assert (count, duplicates) == (160, 160)


def test_requests_that_wait_are_written_together(
    store: EventStore, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id, written, first = account.id, [], threading.Event()
    hold = threading.Event()
    real = store._execute

    def execute(rows: str) -> None:
        written.append(rows.count('"event_id"'))
        first.set()
        hold.wait(10)
        real(rows)

    monkeypatch.setattr(store, "_execute", execute)
    threads = [
        threading.Thread(target=store.put, args=(account_id, EventState.PENDING, [arrival(f"E{number}")]))
        for number in range(6)
    ]
    threads[0].start()
    first.wait(10)
    for thread in threads[1:]:
        thread.start()
    deadline = threading.Event()
    while len(store._waiting) < 5:
        deadline.wait(0.01)
    hold.set()
    for thread in threads:
        thread.join()
    assert written == [1, 5]
    assert db.session.scalar(select(func.count(WebhookEvent.id))) == 6


def test_a_database_that_went_away_for_good_is_an_error(
    store: EventStore, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put(account.id, EventState.PENDING, [arrival("E1")])
    store._connection.close()
    monkeypatch.setattr(store, "_address", "postgresql://127.0.0.1:1/nothing")
    with pytest.raises(psycopg.OperationalError):
        store.put(account.id, EventState.PENDING, [arrival("E2")])


def test_who_waits_for_a_writer_that_dies_is_told_and_the_next_one_writes(
    store: EventStore, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    account_id, told, first, hold = account.id, [], threading.Event(), threading.Event()
    real, calls = store._write, []

    def write(jobs: list[object]) -> None:
        calls.append(len(jobs))
        if len(calls) == 2:
            raise SystemExit
        first.set()
        hold.wait(10)
        real(jobs)

    def put(event_id: str) -> None:
        try:
            store.put(account_id, EventState.PENDING, [arrival(event_id)])
        except (psycopg.OperationalError, SystemExit) as error:
            told.append(type(error))

    monkeypatch.setattr(store, "_write", write)
    threads = [threading.Thread(target=put, args=(f"E{number}",)) for number in range(3)]
    threads[0].start()
    first.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(store._waiting) < 2:
        threading.Event().wait(0.01)
    hold.set()
    for thread in threads:
        thread.join(10)
    assert calls == [1, 2]
    assert set(told) == {SystemExit, psycopg.OperationalError}
    put("E4")
    assert db.session.scalar(select(func.count(WebhookEvent.id))) == 2
