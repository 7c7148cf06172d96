"""Work after a request that need not delay its answer: waking a worker, and storing the time of LINE's last visit.

One background thread a process does it for all requests of the last moment at once, so that a thousand requests cost
twenty wake-ups, and a Redis that is away costs the requests nothing. What is lost with the process, the sweep finds.
"""

from __future__ import annotations

import threading
import time
from collections import Counter

import structlog
from sqlalchemy import Engine, bindparam, text
from sqlalchemy.exc import SQLAlchemyError

from app.core import queue
from app.core.queue import Queue

log = structlog.get_logger(__name__)
GATHER_SECONDS = 0.1
# A visit is noted at most this often for an account.
NOTE_SECONDS = 2.0

_NOTE_VISITS = text("UPDATE accounts SET last_webhook_at = now() WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
_NOTE_REFUSALS = text(
    "UPDATE accounts SET bad_signature_at = now(), bad_signatures = bad_signatures + :count WHERE id = :id"
)


class PostResponse:
    """The thread and its pending work."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock, self._settling = threading.Lock(), threading.Lock()
        self._told = threading.Event()
        self._visits: set[int] = set()
        self._noted: dict[int, float] = {}
        self._refusals: Counter[int] = Counter()
        self._has_work = False
        self._thread: threading.Thread | None = None

    def note_visit(self, account_id: int, *, has_work: bool) -> None:
        """Note a request from LINE; `has_work` says that events were stored for a worker."""
        with self._lock:
            self._visits.add(account_id)
            self._has_work = self._has_work or has_work
        self._tell()

    def note_refusal(self, account_id: int) -> None:
        """Count a request whose signature is wrong."""
        with self._lock:
            self._refusals[account_id] += 1
        self._tell()

    def settle(self) -> None:
        """Do the pending work now, after what another thread is doing; called by the thread, and by tests."""
        with self._settling:
            self._settle()

    def _settle(self) -> None:
        with self._lock:
            visits, refusals, has_work = self._visits, self._refusals, self._has_work
            self._visits, self._refusals, self._has_work = set(), Counter(), False
        if has_work:
            queue.wake("line.process_events", queue=Queue.WEBHOOKS)
        moment = time.monotonic()
        visits = {account_id for account_id in visits if moment - self._noted.get(account_id, 0) > NOTE_SECONDS}
        if not visits and not refusals:
            return
        try:
            self._write(visits, refusals)
            self._noted |= dict.fromkeys(visits, moment)
        except SQLAlchemyError as error:
            log.warning("webhook.note_lost", error=type(error).__name__)

    def _write(self, visits: set[int], refusals: Counter[int]) -> None:
        with self._engine.begin() as connection:
            if visits:
                connection.execute(_NOTE_VISITS, {"ids": sorted(visits)})
            for account_id, count in refusals.items():
                connection.execute(_NOTE_REFUSALS, {"id": account_id, "count": count})

    def _tell(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._begin()
        self._told.set()

    def _begin(self) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._run, name="webhook-post_response", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while True:
            self._told.wait()
            self._told.clear()
            self.settle()
            # What arrives in between is done together.
            threading.Event().wait(GATHER_SECONDS)
