"""One statement stores all events of a request; an event that is known already is only counted.

The intake has a small pool of its own in autocommit mode: one round trip an insert, no transaction around it, and a
limit on waiting that keeps every answer well below LINE's two seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import DBAPIError

from app.line.intake.reading import Arrival
from app.line.models import EventState

_STORE = """
INSERT INTO webhook_events (account_id, state, event_id, type, source_id, occurred_at, is_redelivery, payload)
SELECT %(account_id)s, %(state)s, e.event_id, e.type, e.source_id, e.occurred_at, e.is_redelivery, e.payload::jsonb
FROM unnest(
    %(event_id)s::text[], %(type)s::text[], %(source_id)s::text[], %(occurred_at)s::timestamptz[],
    %(is_redelivery)s::bool[], %(payload)s::text[]
) AS e (event_id, type, source_id, occurred_at, is_redelivery, payload)
ON CONFLICT (account_id, event_id) DO UPDATE
SET duplicates = webhook_events.duplicates + 1,
    is_redelivery = webhook_events.is_redelivery OR excluded.is_redelivery
"""
PATIENCE = "-c statement_timeout=1500"
FIELDS = ("event_id", "type", "source_id", "occurred_at", "is_redelivery", "payload")


def open_engine(url: str, size: int) -> Engine:
    """The intake's own connections."""
    return create_engine(
        url,
        isolation_level="AUTOCOMMIT",
        pool_size=size,
        max_overflow=0,
        pool_timeout=1.0,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 2,
            "application_name": "tomoru-intake",
            "options": PATIENCE,
        },
    )


def store(engine: Engine, account_id: int, state: EventState, arrivals: Sequence[Arrival]) -> None:
    """Store the events; a connection that died unnoticed is replaced once."""
    columns = {name: [getattr(arrival, name) for arrival in arrivals] for name in FIELDS}
    values: dict[str, Any] = {"account_id": account_id, "state": state.value, **columns}
    try:
        _execute(engine, values)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        _execute(engine, values)


def _execute(engine: Engine, values: dict[str, Any]) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql(_STORE, values)
