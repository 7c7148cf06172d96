"""Renew the lease of a run from a second connection during one long transaction.

The same connection sees a cancel and the shutdown of this worker, which the transaction itself cannot.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from psycopg import Error
from sqlalchemy import Engine, update
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app.core import shutdown
from app.core.db import db
from app.core.runs.lease import Cancelled, Lease, LeaseLost, held
from app.core.runs.models import Run, RunState
from app.core.shutdown import Stopped

log = structlog.get_logger(__name__)
BEAT_SECONDS = 2.0


class LeaseKeepalive:
    """The second connection's thread; `done` is what it shows to readers, who cannot see into the transaction."""

    def __init__(self, lease: Lease) -> None:
        self.done: int | None = None
        self.stopped: Exception | None = None
        self._lease, self._over, self._since = lease, threading.Event(), time.monotonic()
        self._busy: Any = db.session.connection().connection.driver_connection
        self._thread = threading.Thread(target=self._beat, args=(db.engine,), daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise what stopped the run, if anything did; called between two statements."""
        if self.stopped is not None:
            raise self.stopped

    def end(self) -> None:
        """End the thread; the caller renews the lease by itself again."""
        self._over.set()
        self._thread.join()

    def _beat(self, engine: Engine) -> None:
        while not self._over.wait(BEAT_SECONDS):
            try:
                self._say_alive(engine)
                if self.stopped is not None:
                    self._busy.cancel_safe(timeout=5)
            except (SQLAlchemyError, Error) as error:
                log.warning("run.beat_failed", error=type(error).__name__)

    def _say_alive(self, engine: Engine) -> None:
        values: dict[str, Any] = {**held(), **self._progress()}
        hold = update(Run).where(Run.id == self._lease.run.id, Run.lease == self._lease.token)
        with engine.begin() as connection:
            row = connection.execute(
                hold.where(Run.state == RunState.RUNNING).values(**values).returning(Run.cancel_requested_at)
            ).one_or_none()
        if row is None:
            self.stopped = LeaseLost()
        elif row.cancel_requested_at is not None:
            self.stopped = Cancelled()
        elif shutdown.is_requested():
            self.stopped = Stopped()

    def _progress(self) -> dict[str, float]:
        """Return how much is done and the pace since the beginning, once anything is done."""
        if not self.done:
            return {} if self.done is None else {"done": 0}
        return {"done": self.done, "pace": self.done / (time.monotonic() - self._since)}


@contextmanager
def renewing_lease(lease: Lease) -> Iterator[LeaseKeepalive]:
    """Renew the lease in the background while the block runs one long transaction.

    A cancel, a lost lease or the end of this worker aborts the running statement, rolls the transaction back and is
    raised from here.
    """
    beat = LeaseKeepalive(lease)
    try:
        yield beat
    except (DBAPIError, Cancelled, LeaseLost, Stopped):
        beat.end()
        if beat.stopped is None:
            raise
    finally:
        beat.end()
    if beat.stopped is not None:
        db.session.rollback()
        raise beat.stopped
