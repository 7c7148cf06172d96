"""Storing under load: many threads, one connection, nothing lost and nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from flask import Flask
from sqlalchemy import func, select, text

from app.core.db import db
from app.line.intake.parse import ReceivedEvent
from app.line.intake.store import EventStore
from app.line.models import Account, EventState, WebhookEvent
from tests.support.waiting import wait_until

AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
def store(app: Flask) -> EventStore:
    return EventStore(db.engines["direct"].url.render_as_string(hide_password=False))


def arrival(event_id: str, **payload: object) -> ReceivedEvent:
    return ReceivedEvent(event_id, "follow", "U1", AT, False, dict(payload))


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


def written_together() -> list[int]:
    """How many events each transaction wrote, sorted."""
    rows = db.session.execute(text("SELECT count(*) FROM webhook_events GROUP BY xmin::text"))
    return sorted(row.count for row in rows)


class HeldStore(EventStore):
    """A store whose first write waits until `hold` is set, and whose second may end its thread."""

    def __init__(self, database_url: str) -> None:
        super().__init__(database_url)
        self.begun, self.hold, self.writes, self.is_ending = threading.Event(), threading.Event(), 0, False

    def connect(self) -> Any:
        connection = super().connect()
        return SimpleNamespace(closed=False, execute=lambda *given: self._held(connection.execute, *given))

    def _held(self, execute: Callable[..., object], *given: Any) -> object:
        self.writes += 1
        if self.writes == 1:
            self.begun.set()
            assert self.hold.wait(10)
        elif self.is_ending and self.writes == 2:
            raise SystemExit
        return execute(*given)


@pytest.fixture
def held(app: Flask) -> HeldStore:
    return HeldStore(db.engine.url.render_as_string(hide_password=False))


def put_at_once(store: HeldStore, put: Callable[[str], None], count: int) -> None:
    """One request is being written while all others come to wait."""
    threads = [threading.Thread(target=put, args=(f"E{number}",)) for number in range(count)]
    threads[0].start()
    assert store.begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    wait_until(lambda: store.waiting == count - 1, "all others wait")
    store.hold.set()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()


def test_requests_that_wait_are_written_together(held: HeldStore, account: Account) -> None:
    account_id = account.id
    put_at_once(held, lambda event_id: held.put(account_id, EventState.PENDING, [arrival(event_id)]), 6)
    assert written_together() == [1, 5]


def test_a_database_that_went_away_for_good_is_an_error(
    store: EventStore, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise psycopg.OperationalError("The database is away.")

    store.put(account.id, EventState.PENDING, [arrival("E1")])
    ended = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tomoru-intake'")
    db.session.execute(ended)
    monkeypatch.setattr(store, "connect", away)
    with pytest.raises(psycopg.OperationalError):
        store.put(account.id, EventState.PENDING, [arrival("E2")])


def test_requests_that_wait_for_a_writer_that_ends_are_told_and_the_next_one_writes(
    held: HeldStore, account: Account
) -> None:
    account_id, held.is_ending, told = account.id, True, []

    def put(event_id: str) -> None:
        try:
            held.put(account_id, EventState.PENDING, [arrival(event_id)])
        except (psycopg.OperationalError, SystemExit) as error:
            told.append(type(error))

    put_at_once(held, put, 3)
    assert set(told) == {SystemExit, psycopg.OperationalError}
    put("E4")
    assert written_together() == [1, 1]
