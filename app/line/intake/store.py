"""Storing events: one statement and one commit for all requests that arrive while the one before is being written.

The first thread writes for all that wait, so that the costs of a round trip and of a commit are shared exactly
when there are many. It speaks to the driver itself, over one connection: at a thousand a second every layer is felt.
"""

from __future__ import annotations

import json
import threading
import time
from collections import deque
from collections.abc import Iterable, Sequence
from typing import Any, LiteralString

import psycopg
from psycopg.conninfo import make_conninfo

from app.core.db import CONNECTING
from app.line.intake.parse import ReceivedEvent
from app.line.models import EventState

_STORE: LiteralString = """
INSERT INTO webhook_events
    (account_id, state, event_id, type, source_id, occurred_at, is_redelivery, duplicates, payload)
SELECT account_id, state, event_id, type, source_id, occurred_at, is_redelivery, duplicates, payload
FROM jsonb_to_recordset(%s::jsonb) AS arrival (
    account_id bigint, state text, event_id text, type text, source_id text, occurred_at timestamptz,
    is_redelivery bool, duplicates int, payload jsonb
)
"""
# An event that is known already is only counted.
_COUNT_KNOWN: LiteralString = """
ON CONFLICT (account_id, event_id) DO UPDATE
SET duplicates = webhook_events.duplicates + 1 + excluded.duplicates,
    is_redelivery = webhook_events.is_redelivery OR excluded.is_redelivery
"""
# The same without touching what is known; even DO NOTHING would wait for a transaction that changes the row.
_WITHOUT_KNOWN: LiteralString = """
WHERE NOT EXISTS (SELECT FROM webhook_events known
                  WHERE known.account_id = arrival.account_id AND known.event_id = arrival.event_id)
ON CONFLICT (account_id, event_id) DO NOTHING
"""
# While requests come in crowds, a moment's wait lets more of them share a write; a lone request never waits.
GATHER_SECONDS = 0.0005
# LINE waits for two seconds only.
QUICKLY = {"connect_timeout": 2, "tcp_user_timeout": 2_000}
# Well below that, whatever holds the database up. Said after connecting, since poolers refuse options.
_PATIENCE: LiteralString = (
    "SELECT set_config('statement_timeout', '1200', false), set_config('lock_timeout', '300', false)"
)


class _Job:
    """One request's events on their way into the database."""

    def __init__(self, account_id: int, state: EventState, arrivals: Sequence[ReceivedEvent]) -> None:
        self.account_id, self.state, self.arrivals = account_id, state, arrivals
        self.is_done, self.leads = False, False
        self.error: Exception | None = None
        # Comes free when the events are stored, or when it falls to this one to store what waits.
        self.turn = threading.Lock()
        self.turn.acquire()


class EventStore:
    """One a process. `put` returns when the events are stored, or raises why they are not."""

    def __init__(self, database_url: str) -> None:
        address = "postgresql:" + database_url.partition(":")[2]
        self._address = make_conninfo(address, **(CONNECTING | QUICKLY), application_name="tomoru-intake")
        self._connection: psycopg.Connection[Any] | None = None
        # Guards who leads; a lock that all threads queue for would wake them one after the other.
        self._lock = threading.Lock()
        self._waiting: deque[_Job] = deque()
        self._is_led, self._is_busy = False, False

    @property
    def waiting(self) -> int:
        """Return the number of requests whose events wait until the present write is over."""
        return len(self._waiting)

    def put(self, account_id: int, state: EventState, arrivals: Sequence[ReceivedEvent]) -> None:
        """Store these events, together with those of other requests that wait."""
        job = _Job(account_id, state, arrivals)
        with self._lock:
            self._waiting.append(job)
            job.leads, self._is_led = not self._is_led, True
        if not job.leads:
            job.turn.acquire()
        if job.leads:
            self._lead()
        if not job.is_done:
            raise psycopg.OperationalError("The thread that was to write these events did not do so.")
        if job.error is not None:
            raise job.error

    def _lead(self) -> None:
        """Write for all threads that wait, and hand on to one that has come since."""
        if self._is_busy:
            time.sleep(GATHER_SECONDS)
        jobs = [self._waiting.popleft() for _ in range(len(self._waiting))]
        self._is_busy = len(jobs) > 1
        try:
            self._write(jobs)
        finally:
            with self._lock:
                self._is_led = bool(self._waiting)
                if self._is_led:
                    self._waiting[0].leads = True
                    self._waiting[0].turn.release()
            for job in jobs:
                job.turn.release()

    def _write(self, jobs: Sequence[_Job]) -> None:
        """Write all; when that fails because of the events, each alone, so that one bad event spoils no other."""
        error = self._try(jobs)
        is_an_events_fault = error is not None and not isinstance(error, psycopg.OperationalError)
        for job in jobs:
            job.error = self._try([job]) if is_an_events_fault and len(jobs) > 1 else error
            job.is_done = True

    def _try(self, jobs: Iterable[_Job]) -> Exception | None:
        """Write the events and return the error, if any: it must reach all threads that wait for these events."""
        try:
            rows = _rows(jobs)
            try:
                self._execute(rows)
            except psycopg.OperationalError:
                if self._connection is None or not self._connection.closed:
                    raise
                # The connection had died unnoticed; a new one gets one chance.
                self._execute(rows)
        except Exception as error:
            return error
        return None

    def _execute(self, rows: str) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = self.connect()
        try:
            self._connection.execute(_STORE + _COUNT_KNOWN, (rows,))
        except psycopg.errors.LockNotAvailable:
            # A worker is applying one of the known events. New ones need not wait for it; the repetition goes
            # uncounted.
            self._connection.execute(_STORE + _WITHOUT_KNOWN, (rows,))

    def connect(self) -> psycopg.Connection[Any]:
        """Return a connection whose timeouts are shorter than LINE's."""
        connection = psycopg.connect(self._address, autocommit=True, prepare_threshold=1)
        connection.execute(_PATIENCE)
        return connection


def _rows(jobs: Iterable[_Job]) -> str:
    """Return JSON for the statement; an event that is there twice becomes one row that counts the other."""
    rows: dict[tuple[int, str], dict[str, Any]] = {}
    for job in jobs:
        for arrival in job.arrivals:
            known = rows.get((job.account_id, arrival.event_id))
            if known is None:
                rows[job.account_id, arrival.event_id] = _row(job, arrival)
            else:
                known["duplicates"] += 1
                known["is_redelivery"] |= arrival.is_redelivery
    return json.dumps(list(rows.values()), ensure_ascii=False, separators=(",", ":"))


def _row(job: _Job, arrival: ReceivedEvent) -> dict[str, Any]:
    return {
        "account_id": job.account_id,
        "state": job.state.value,
        "event_id": arrival.event_id,
        "type": arrival.type,
        "source_id": arrival.source_id,
        "occurred_at": arrival.occurred_at.isoformat(),
        "is_redelivery": arrival.is_redelivery,
        "duplicates": 0,
        "payload": arrival.payload,
    }
