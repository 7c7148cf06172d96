"""The scheduler: who leads, what is woken, and what it survives."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
import time_machine
from flask import Flask
from sqlalchemy import text

from app import schedule
from app.core import heartbeats
from app.core.clock import now
from app.core.config import Config
from app.core.db import db
from app.core.queue import Queue, waiting, wake


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = schedule.Entry(timedelta(seconds=1), "core.runs.sweep", "Proves that it runs.", Queue.SWEEPS)
    monkeypatch.setattr(schedule, "SCHEDULE", (entry,))
    monkeypatch.setattr(schedule, "LOOK_SECONDS", 0.1)


@pytest.fixture(autouse=True)
def woken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The actors that the scheduler has woken."""
    names: list[str] = []

    def note(name: str, queue: Queue) -> None:
        names.append(name)
        wake(name, queue=queue)

    monkeypatch.setattr(schedule, "wake", note)
    return names


@contextmanager
def scheduler(config: Config) -> Iterator[threading.Event]:
    stop = threading.Event()
    thread = threading.Thread(target=schedule.run, args=(config.database_url, stop))
    thread.start()
    try:
        yield stop
    finally:
        stop.set()
        thread.join(timeout=20)
        assert not thread.is_alive()


def eventually(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "It did not come to hold in time."
        time.sleep(0.05)


def leaders() -> list[int]:
    query = text("SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND objid = :lock AND granted")
    with db.engine.connect() as connection:
        return list(connection.scalars(query, {"lock": schedule.LOCK}))


def test_it_wakes_what_is_due_and_tells_that_it_lives(app: Flask, config: Config, woken: list[str]) -> None:
    with scheduler(config):
        eventually(lambda: len(woken) >= 2)
        assert heartbeats.is_alive("scheduler")
    assert waiting(Queue.SWEEPS)[0] == 1


def test_a_second_one_stands_by_and_takes_over(app: Flask, config: Config) -> None:
    with scheduler(config) as first:
        eventually(lambda: len(leaders()) == 1)
        leader = leaders()
        with scheduler(config):
            time.sleep(0.5)
            assert leaders() == leader
            first.set()
            eventually(lambda: len(leaders()) == 1 and leaders() != leader)
    eventually(lambda: leaders() == [])


def test_it_leads_again_after_its_connection_was_cut(app: Flask, config: Config, woken: list[str]) -> None:
    with scheduler(config):
        eventually(lambda: len(leaders()) == 1)
        before = leaders()
        with db.engine.connect() as connection:
            connection.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": before[0]})
        eventually(lambda: len(leaders()) == 1 and leaders() != before)
        sent = len(woken)
        eventually(lambda: len(woken) > sent)


def test_each_entry_is_named_once_and_says_what_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    actors = [entry.actor for entry in schedule.SCHEDULE]
    assert len(actors) == len(set(actors))
    assert all(entry.purpose.endswith(".") for entry in schedule.SCHEDULE)


def test_a_clock_that_is_set_back_does_not_put_it_to_sleep(app: Flask, config: Config, woken: list[str]) -> None:
    with scheduler(config):
        eventually(lambda: len(woken) >= 1)
        with time_machine.travel(now() - timedelta(hours=1), tick=True):
            sent = len(woken)
            eventually(lambda: len(woken) > sent + 1)
