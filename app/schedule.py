"""What happens by itself: one table, and the process that wakes each entry's actor when it is due.

An entry only enqueues. Any number of schedulers may run; the one that holds the advisory lock in PostgreSQL leads and
the others stand by. Everything on the table may happen twice or late without harm, so nothing about it is stored.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from app.core import heartbeats
from app.core.clock import now
from app.core.db import CONNECTING
from app.core.queue import Queue, wake

log = structlog.get_logger(__name__)
# Any number, as long as it is always the same.
LOCK = 7_866_002
LOOK_SECONDS = 5.0
# Seconds by which the clock may be set back before the table begins anew.
CLOCK_TOLERANCE = 5.0
# What is rare happens soon after the start too, or a short-lived installation would never see it; but only when
# everything else has had the time to start.
START = timedelta(minutes=1)


@dataclass(frozen=True)
class Entry:
    """Wake `actor` every so often; `purpose` says what for."""

    every: timedelta
    actor: str
    purpose: str
    queue: Queue = Queue.BULK


SECONDS, MINUTE, HOUR = timedelta(seconds=10), timedelta(minutes=1), timedelta(hours=1)
SCHEDULE = (
    # With the lease of a run it makes up the time in which another worker goes on after one was killed.
    Entry(timedelta(seconds=3), "core.runs.sweep", "Goes on with long work that no worker holds.", Queue.SWEEPS),
    Entry(SECONDS, "core.mail.sweep", "Sends e-mail that is due.", Queue.SWEEPS),
    Entry(SECONDS, "line.sweep_events", "Finds webhook events that wait.", Queue.SWEEPS),
    Entry(SECONDS, "friends.sweep_profiles", "Asks LINE for names and pictures that are due.", Queue.SWEEPS),
    Entry(SECONDS, "segments.sweep_counts", "Counts friends of segments that wait.", Queue.SWEEPS),
    Entry(MINUTE, "line.fetch_groups", "Asks LINE for names of groups that are due."),
    Entry(10 * MINUTE, "line.refresh_accounts", "Reads names, pictures and message quotas that are an hour old."),
    Entry(MINUTE, "imports.id_links.sweep", "Forgets files of ID links that belong to nothing."),
    Entry(HOUR, "imports.id_links.prune", "Removes the unusable lines of old imports."),
    Entry(MINUTE, "media.sweep", "Deletes stored bytes that belong to no file."),
    Entry(HOUR, "media.prune", "Removes uploaded files that nothing uses."),
    Entry(HOUR, "line.check_accounts", "Runs the set-up checks of every account."),
    Entry(HOUR, "line.prune_events", "Removes old webhook events."),
    Entry(HOUR, "team.prune", "Removes old audit entries and dead links."),
    Entry(HOUR, "core.mail.prune", "Removes old e-mail."),
)


def run(database_url: str, stop: threading.Event) -> None:
    """Lead or stand by until `stop` is set; a database that goes away is waited for."""
    engine = create_engine(database_url, poolclass=NullPool, connect_args=CONNECTING)
    beating = heartbeats.start_heartbeat("scheduler", engine)
    try:
        while not stop.is_set():
            try:
                _lead_once(engine, stop)
            except SQLAlchemyError as error:
                log.warning("scheduler.database_away", error=type(error).__name__)
            stop.wait(LOOK_SECONDS)
    finally:
        beating.set()
        log.info("scheduler.stopped")


def _lead_once(engine: Engine, stop: threading.Event) -> None:
    """If the lock is free, keep the table going for as long as the lock's connection lives."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LOCK}):
            return
        log.info("scheduler.leading", entries=len(SCHEDULE))
        with _table_running():
            started = _clock_over_uptime()
            while not stop.wait(LOOK_SECONDS):
                _still_mine(connection)
                if started - _clock_over_uptime() > CLOCK_TOLERANCE:
                    log.warning("scheduler.clock_went_back")
                    return


def _clock_over_uptime() -> float:
    """The clock minus what only ever goes forward; it falls when the clock is set back.

    The table knows its next times by the clock, and would sleep for as long as that went back.
    """
    return now().timestamp() - time.monotonic()


def _still_mine(connection: Connection) -> None:
    """The lock lives as long as its connection; raises when that is gone."""
    connection.execute(text("SELECT 1"))


@contextmanager
def _table_running() -> Iterator[None]:
    # A late entry is still worth its while, but once; and no entry runs beside itself.
    defaults = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}
    scheduler = BackgroundScheduler(timezone="UTC", job_defaults=defaults)
    for entry in SCHEDULE:
        scheduler.add_job(
            wake,
            IntervalTrigger(seconds=int(entry.every.total_seconds()), timezone="UTC"),
            args=(entry.actor,),
            kwargs={"queue": entry.queue},
            id=entry.actor,
            next_run_time=now() + min(entry.every, START),
        )
    scheduler.start()
    try:
        yield
    finally:
        scheduler.shutdown()
