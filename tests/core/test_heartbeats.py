"""Heartbeats: which processes are alive."""

from __future__ import annotations

import time
from datetime import timedelta

import time_machine
from flask import Flask
from sqlalchemy import select, text

from app.core import heartbeats
from app.core.clock import now
from app.core.db import db
from app.core.heartbeats import Heartbeat
from app.core.worker_classes import WorkerClass


def kinds() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Heartbeat.kind)))


def test_a_process_is_alive_for_three_beats(app: Flask) -> None:
    assert not heartbeats.is_alive("worker")
    heartbeats.beat_once("here:1:worker", "worker", db.engine)
    assert heartbeats.is_alive("worker")
    assert not heartbeats.is_alive("scheduler")
    db.session.execute(text("UPDATE heartbeats SET beat_at = now() - interval '31 seconds'"))
    assert not heartbeats.is_alive("worker")


def test_a_class_is_missing_until_a_worker_serves_it(app: Flask) -> None:
    assert heartbeats.missing_classes() == (WorkerClass.REALTIME, WorkerClass.SENDING, WorkerClass.BULK)
    for name in (WorkerClass.REALTIME, WorkerClass.SENDING):
        heartbeats.beat_once(f"here:1:{name}", heartbeats.worker_kind(name), db.engine)
    assert heartbeats.missing_classes() == (WorkerClass.BULK,)


def test_beating_again_renews_the_same_row(app: Flask) -> None:
    for _number in range(2):
        heartbeats.beat_once("here:1:worker", "worker", db.engine)
    assert kinds() == ["worker"]


def test_a_process_beats_by_itself_until_told_to_stop(app: Flask) -> None:
    stop = heartbeats.start_heartbeat("worker", db.engine)
    deadline = time.monotonic() + 10
    while not kinds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    stop.set()


def test_a_process_that_died_before_the_clock_was_set_back_is_dead(app: Flask) -> None:
    heartbeats.beat_once("here:1:worker", "worker", db.engine)
    db.session.execute(text("UPDATE heartbeats SET beat_at = now() + interval '1 hour'"))
    assert not heartbeats.is_alive("worker")


def test_whether_it_is_alive_is_told_by_the_databases_clock(app: Flask) -> None:
    heartbeats.beat_once("here:1:worker", "worker", db.engine)
    with time_machine.travel(now() + timedelta(minutes=10), tick=False):
        assert heartbeats.is_alive("worker")
