"""Reads that may be a little old, from a replica (`DATABASE_REPLICA_URL`); from the primary while it is away or behind.

How far it is behind is told by the heartbeats that workers and schedulers write into the primary every ten seconds: so
it is true for every kind of replication, and a replica whose connection has broken off shows it. A member who has
changed something reads from the primary until the replica must have it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import structlog
from flask import Flask, Response, current_app, has_request_context, request, session
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from app.core.db.base import READS_FROM, db
from app.core.db.engines import REPLICA

log = structlog.get_logger(__name__)
Found = TypeVar("Found")
# A verdict holds so long; that of a replica which did not answer holds longer, since asking again may take seconds.
LOOK_SECONDS, AWAY_SECONDS = 5.0, 30.0
WROTE_AT = "wrote_at"
_NEWEST = text("SELECT max(beat_at) FROM heartbeats")
_AGE = text("SELECT extract(epoch FROM clock_timestamp() - CAST(:newest AS timestamptz))")


@dataclass
class Replica:
    """The replica as this process knows it."""

    engine: Engine
    # Seconds that it may be behind.
    lag: int
    is_good: bool = False
    _look_at: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def is_usable(self) -> bool:
        """Whether it answered lately and was not too far behind; asks it when that is no longer known."""
        with self._lock:
            is_turn = time.monotonic() >= self._look_at
            if is_turn:
                self._look_at = time.monotonic() + LOOK_SECONDS
        if is_turn:
            self._look()
        return self.is_good

    def put_aside(self, error: SQLAlchemyError) -> None:
        """Read from the primary for a while, since the replica failed."""
        log.warning("replica.away", error=type(error).__name__)
        self.is_good, self._look_at = False, time.monotonic() + AWAY_SECONDS

    def behind(self) -> float | None:
        """Seconds that it is behind, to the beat of the heartbeats; None without any. Raises SQLAlchemyError."""
        with self.engine.connect() as connection:
            newest = connection.scalar(_NEWEST)
        age = db.session.scalar(_AGE, {"newest": newest})
        return None if age is None else float(age)

    def _look(self) -> None:
        try:
            behind = self.behind()
        except SQLAlchemyError as error:
            self.put_aside(error)
            return
        is_good = behind is not None and behind <= self.lag
        if self.is_good and not is_good:
            log.warning("replica.behind", seconds=behind)
        self.is_good = is_good


def init_app(app: Flask, lag: int) -> None:
    """Keep a replica, if there is one, for this application, and note when a member changes something."""
    app.config["REPLICA_LAG"] = lag
    if REPLICA in app.config["SQLALCHEMY_BINDS"]:
        app.after_request(_note_change)


def replica() -> Replica | None:
    """Return the replica of this process, whether it is usable or not."""
    if REPLICA not in db.engines:
        return None
    fresh = Replica(db.engines[REPLICA], current_app.config["REPLICA_LAG"])
    known: Replica = current_app.extensions.setdefault("replica", fresh)
    return known


def reading_engine() -> Engine:
    """The engine from which an export reads."""
    usable = _usable()
    return usable.engine if usable else db.engine


def read(question: Callable[[], Found]) -> Found:
    """Ask with the session reading from the replica; when that fails, from the primary.

    For requests that have changed nothing: a failure rolls the session back.
    """
    usable = _usable()
    if usable is None:
        return question()
    info = db.session().info
    info[READS_FROM] = usable.engine
    try:
        with db.session.no_autoflush:
            return question()
    except OperationalError as error:
        db.session.rollback()
        usable.put_aside(error)
    finally:
        info.pop(READS_FROM, None)
    return question()


def _usable() -> Replica | None:
    found = replica()
    if found is None or _changed_lately(found.lag):
        return None
    return found if found.is_usable() else None


def _changed_lately(lag: int) -> bool:
    return has_request_context() and time.time() - float(session.get(WROTE_AT, 0)) < lag


def _note_change(response: Response) -> Response:
    is_change = request.method not in {"GET", "HEAD", "OPTIONS"} and response.status_code < 400
    if is_change and "_user_id" in session:
        session[WROTE_AT] = int(time.time()) + 1
    return response
