"""Storing events: one statement and one commit for all requests that arrive while the one before is being written.

Whoever comes first writes for everybody who waits, so that the costs of a round trip and of a commit are shared exactly
when there are many. It speaks to the driver itself, over one connection: at a thousand a second every layer is felt.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from app.line.intake.reading import Arrival
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
# The same without touching what is known; even DO NOTHING waits for whoever is changing the row, hence the look first.
_WITHOUT_KNOWN: LiteralString = """
WHERE NOT EXISTS (SELECT FROM webhook_events known
                  WHERE known.account_id = arrival.account_id AND known.event_id = arrival.event_id)
ON CONFLICT (account_id, event_id) DO NOTHING
"""
# Well below LINE's two seconds, whatever holds the database up. Said after connecting, since poolers refuse options.
_PATIENCE: LiteralString = (
    "SELECT set_config('statement_timeout', '1200', false), set_config('lock_timeout', '300', false)"
)


@dataclass
class _Job:
    """One request's events on their way into the database."""

    account_id: int
    state: EventState
    arrivals: Sequence[Arrival]
    is_done: bool = False
    error: psycopg.Error | None = None


class Store:
    """One a process. `put` returns when the events are stored, or raises the driver's error."""

    def __init__(self, database_url: str) -> None:
        self._address = "postgresql:" + database_url.partition(":")[2]
        self._connection: psycopg.Connection[Any] | None = None
        self._waiting: deque[_Job] = deque()
        self._writing = threading.Lock()

    def put(self, account_id: int, state: EventState, arrivals: Sequence[Arrival]) -> None:
        """Store these events, together with those of other requests that wait."""
        job = _Job(account_id, state, arrivals)
        self._waiting.append(job)
        with self._writing:
            if not job.is_done:
                self._write([self._waiting.popleft() for _ in range(len(self._waiting))])
        if job.error is not None:
            raise job.error

    def _write(self, jobs: Sequence[_Job]) -> None:
        """Write all; when the database objects to the events, each alone, so that nobody suffers for another's."""
        error = self._try(jobs)
        for job in jobs:
            job.error = self._try([job]) if isinstance(error, psycopg.DataError) and len(jobs) > 1 else error
            job.is_done = True

    def _try(self, jobs: Iterable[_Job]) -> psycopg.Error | None:
        rows = _rows(jobs)
        try:
            self._execute(rows)
        except psycopg.Error as error:
            if self._connection is None or not self._connection.closed:
                return error
            # The connection had died unnoticed; a new one gets one chance.
            try:
                self._execute(rows)
            except psycopg.Error as again:
                return again
        return None

    def _execute(self, rows: str) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = self._connect()
        try:
            self._connection.execute(_STORE + _COUNT_KNOWN, (rows,))
        except psycopg.errors.LockNotAvailable:
            # A worker is applying one of the known events. New ones need not wait for it; the repetition goes
            # uncounted.
            self._connection.execute(_STORE + _WITHOUT_KNOWN, (rows,))

    def _connect(self) -> psycopg.Connection[Any]:
        connection = psycopg.connect(
            self._address,
            autocommit=True,
            prepare_threshold=1,
            connect_timeout=2,
            application_name="tomoru-intake",
        )
        connection.execute(_PATIENCE)
        return connection


def _rows(jobs: Iterable[_Job]) -> str:
    """JSON for the statement; an event that is there twice becomes one row that knows of the other."""
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


def _row(job: _Job, arrival: Arrival) -> dict[str, Any]:
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
