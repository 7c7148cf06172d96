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
from app.core.scheduler.leader import leader


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = schedule.ScheduledJob(timedelta(seconds=1), "core.due.sweep", "Proves that it runs.", Queue.SWEEPS)
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
    thread = threading.Thread(target=schedule.run, args=(config, stop))
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


def holder() -> str | None:
    """Who leads by what the database says now."""
    db.session.rollback()
    found = leader()
    return found.holder if found else None


def test_it_wakes_what_is_due_and_tells_that_it_lives(app: Flask, config: Config, woken: list[str]) -> None:
    with scheduler(config):
        eventually(lambda: len(woken) >= 2)
        assert heartbeats.is_alive("scheduler")
    assert waiting(Queue.SWEEPS)[0] == 1


def test_a_second_one_stands_by_and_takes_over(app: Flask, config: Config, woken: list[str]) -> None:
    with scheduler(config) as first:
        eventually(lambda: holder() is not None)
        before = holder()
        with scheduler(config):
            sent = len(woken)
            eventually(lambda: len(woken) > sent + 1)
            assert holder() == before
            first.set()
            eventually(lambda: holder() not in (None, before))
    assert holder() is None


def test_it_goes_on_after_its_connections_were_cut(app: Flask, config: Config, woken: list[str]) -> None:
    with scheduler(config):
        eventually(lambda: holder() is not None)
        before = holder()
        with db.engine.connect() as connection:
            theirs = "datname = current_database() AND application_name = 'tomoru-scheduler'"
            cut = connection.execute(text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {theirs}"))
            assert cut.all()
        sent = len(woken)
        eventually(lambda: len(woken) > sent + 1)
        assert holder() == before


def test_each_entry_is_named_once_and_says_what_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    actors = [entry.actor for entry in schedule.SCHEDULE]
    assert len(actors) == len(set(actors))
    assert all(entry.purpose.endswith(".") for entry in schedule.SCHEDULE)


@pytest.mark.parametrize("jump", [timedelta(days=-1), timedelta(hours=-1), timedelta(hours=1), timedelta(days=400)])
def test_a_clock_that_is_set_to_another_time_changes_nothing(
    app: Flask, config: Config, woken: list[str], jump: timedelta
) -> None:
    with scheduler(config):
        eventually(lambda: len(woken) >= 1)
        before = holder()
        with time_machine.travel(now() + jump, tick=True):
            sent = len(woken)
            eventually(lambda: len(woken) > sent + 1)
            assert holder() == before
