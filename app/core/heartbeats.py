"""Which processes of ours are alive: each writes a heartbeat row, read by /statusz and the set-up checks."""

from __future__ import annotations

import os
import socket
import threading
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, Engine, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import database_now
from app.core.db import Model, db
from app.core.worker_classes import STARTED, WorkerClass

log = structlog.get_logger(__name__)
BEAT_SECONDS = 10


class Heartbeat(Model):
    """The last sign of life of one process."""

    __tablename__ = "heartbeats"

    # Host, process id and kind; a restarted process is a new one.
    name: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    beat_at: Mapped[datetime]


def is_alive(kind: str) -> bool:
    """Return whether a process of this kind ("scheduler", "worker.bulk" …) gave a sign of life within three beats."""
    return bool(db.session.scalar(select(Heartbeat.name).where(Heartbeat.kind == kind, _is_recent()).limit(1)))


def living() -> list[tuple[str, str]]:
    """Return every process that gave a sign of life within three beats, as (host and number, kind)."""
    rows = db.session.execute(select(Heartbeat.name, Heartbeat.kind).where(_is_recent()))
    return [(name.removesuffix(f":{kind}"), kind) for name, kind in rows]


def _is_recent() -> ColumnElement[bool]:
    """Tell a beat of the last three; one that lies ahead is of a time before the clock was set back."""
    three = timedelta(seconds=3 * BEAT_SECONDS)
    return Heartbeat.beat_at.between(database_now(-three), database_now(three))


def worker_kind(worker_class: WorkerClass) -> str:
    """Return what a process that serves this worker class is called among the kinds of process."""
    return f"worker.{worker_class}"


def is_served(worker_class: WorkerClass) -> bool:
    """Return whether a worker of this class gave a sign of life within three beats."""
    return is_alive(worker_kind(worker_class))


def missing_classes() -> tuple[WorkerClass, ...]:
    """Return the worker classes that an installation needs and that no living worker serves."""
    return tuple(worker_class for worker_class in STARTED if not is_served(worker_class))


def start_heartbeat(kind: str, engine: Engine) -> threading.Event:
    """Beat from a daemon thread until the returned event is set; a database that is away is tried again."""
    stop = threading.Event()
    threading.Thread(target=_beat, args=(kind, engine, stop), name="heartbeat", daemon=True).start()
    return stop


def _beat(kind: str, engine: Engine, stop: threading.Event) -> None:
    name = f"{socket.gethostname()}:{os.getpid()}:{kind}"
    while not stop.is_set():
        try:
            beat_once(name, kind, engine)
        except SQLAlchemyError as error:
            log.warning("heartbeat.failed", error=type(error).__name__)
        stop.wait(BEAT_SECONDS)


def beat_once(name: str, kind: str, engine: Engine) -> None:
    """Write one sign of life and sweep out processes that died a day ago."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO heartbeats (name, kind, beat_at) VALUES (:name, :kind, now())"
                " ON CONFLICT (name) DO UPDATE SET beat_at = excluded.beat_at"
            ),
            {"name": name, "kind": kind},
        )
        connection.execute(text("DELETE FROM heartbeats WHERE beat_at < now() - interval '1 day'"))
