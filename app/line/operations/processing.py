"""Applying stored events: in the order of their timestamps for each source, by one worker at a time, once.

A slice locks some sources, applies what they have in one transaction, and commits. A worker that dies has done nothing:
what an event does and its mark "processed" are one commit. A slice in which an event fails is done again with a
savepoint for each event, which costs too much to be the rule.

Events are announced in one list a slice; only a slice that is done again announces event by event.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import structlog
from sqlalchemy import Boolean, literal_column, select, text, update
from sqlalchemy.exc import OperationalError

from app.core import queue, shutdown
from app.core.clock import database_now, now
from app.core.db import db
from app.core.due.registry import DueKind, register
from app.core.events import announce_all
from app.core.queue import Queue
from app.line import event_parser
from app.line.events import (
    GroupJoined,
    GroupLeft,
    GroupMembersJoined,
    GroupMembersLeft,
    MessageReceived,
    MessageUnsent,
)
from app.line.models import EventState, WebhookEvent
from app.line.operations import groups, webhook_events

log = structlog.get_logger(__name__)

SITTING_SECONDS = 10.0
SOURCES = 50
EVENTS_OF_SOURCE = 20
# Waits after each failure, in seconds; after the last one the event has failed for good and its source goes on.
WAITS = (2, 10, 30, 60)

# How SQLSTATEs begin that PostgreSQL gives to what is larger than it can hold.
PROGRAM_LIMITS = "54"

# A source's events are held by a lock on the source, not row by row, so that their order is kept; hence no lease.
EVENTS = register(
    DueKind(
        "line.webhook_events",
        WebhookEvent,
        wake=lambda: queue.wake("line.process_events", queue=Queue.WEBHOOKS),
        waiting=literal_column("state = 'pending'", Boolean),
        reason="error",
    )
)

_QUIET = {"synchronize_session": False}
# Applies one event, and adds to the list what is to be announced because of it.
_Apply = Callable[[WebhookEvent, list[object]], EventState]

# What this package itself does with a fact before it announces it.
OWN: dict[type, Callable[[Any], None]] = {
    GroupJoined: groups.join,
    GroupLeft: groups.leave,
    GroupMembersJoined: groups.members_join,
    GroupMembersLeft: groups.members_leave,
    MessageUnsent: webhook_events.forget_content,
}

# Sources with something due, longest waiting first; those that another worker holds are passed over.
_LOCK_SOURCES = text("""
WITH waiting AS (
    SELECT account_id, source_id, due_at FROM webhook_events
    WHERE state = 'pending' AND due_at <= statement_timestamp() ORDER BY due_at LIMIT 1000
), sources AS MATERIALIZED (
    SELECT account_id, source_id FROM waiting GROUP BY account_id, source_id ORDER BY min(due_at)
)
SELECT account_id, source_id, statement_timestamp() AS moment FROM sources
WHERE pg_try_advisory_xact_lock(hashtextextended('line.source:' || account_id || ':' || source_id, 0))
LIMIT :sources
""")
# A statement of its own: it must see what the worker that held the lock before has committed.
_LOAD_EVENTS = text("""
SELECT event.* FROM unnest(CAST(:account_ids AS bigint[]), CAST(:source_ids AS text[])) AS s (account_id, source_id)
CROSS JOIN LATERAL (
    SELECT * FROM webhook_events e
    WHERE e.account_id = s.account_id AND e.source_id = s.source_id AND e.state = 'pending'
    ORDER BY e.occurred_at, e.id LIMIT :each
) AS event
ORDER BY event.account_id, event.source_id, event.occurred_at, event.id
""")


def process_due() -> int:
    """Apply what is due, for one sitting; returns how many events were dealt with. Safe to call anywhere, any time."""
    until, total = time.monotonic() + SITTING_SECONDS, 0
    while done := process_slice():
        total += done
        if time.monotonic() > until or shutdown.is_requested():
            queue.wake("line.process_events", queue=Queue.WEBHOOKS)
            break
    return total


def process_slice() -> int:
    """Apply one slice in one transaction; 0 when nothing is due or others are at it."""
    try:
        return _process(_apply)
    except Exception as error:
        db.session.rollback()
        if _is_databases_trouble(error):
            # The slice is undone and done again later.
            raise
    try:
        return _process(_apply_isolated)
    except BaseException:
        db.session.rollback()
        raise


def _process(apply: _Apply) -> int:
    (events, moment), outcomes, facts = _claim(), defaultdict[EventState, list[int]](list), list[object]()
    for _, of_source in groupby(events, key=lambda event: (event.account_id, event.source_id)):
        for event_id, state in _process_source(list(of_source), moment, apply, facts):
            outcomes[state].append(event_id)
    announce_all(facts)
    for state, ids in outcomes.items():
        values = {"state": state, "processed_at": now(), "error": None}
        db.session.execute(
            update(WebhookEvent).where(WebhookEvent.id.in_(ids)).values(values), execution_options=_QUIET
        )
    db.session.commit()
    return len(events)


def _claim() -> tuple[Sequence[WebhookEvent], datetime]:
    """Events of the sources that are now locked, and the database's time, by which they are due or not."""
    sources = db.session.execute(_LOCK_SOURCES, {"sources": SOURCES}).all()
    if not sources:
        return [], now()
    values = {
        "account_ids": [source.account_id for source in sources],
        "source_ids": [source.source_id for source in sources],
        "each": EVENTS_OF_SOURCE,
    }
    query = select(WebhookEvent).from_statement(_LOAD_EVENTS).execution_options(populate_existing=True)
    return db.session.scalars(query, values).all(), sources[0].moment


def _process_source(
    events: Sequence[WebhookEvent], moment: datetime, apply: _Apply, facts: list[object]
) -> Iterator[tuple[int, EventState]]:
    """Apply a source's events in order; one that fails holds the later ones back for as long as it is tried again."""
    for event in events:
        state = apply(event, facts) if event.due_at <= moment else EventState.PENDING
        if state == EventState.PENDING:
            return _hold_back(event)
        if state != EventState.FAILED:
            yield event.id, state
    return None


def _apply(event: WebhookEvent, facts: list[object]) -> EventState:
    said = event_parser.domain_event(event)
    if said is None:
        return EventState.IGNORED
    if isinstance(said, MessageReceived):
        said = webhook_events.without_what_was_taken_back(said)
    OWN.get(type(said), _nothing)(said)
    facts.append(said)
    return EventState.PROCESSED


def _apply_isolated(event: WebhookEvent, facts: list[object]) -> EventState:
    """Apply and announce one event in a savepoint: a failure undoes what this event did and nothing else."""
    del facts
    try:
        with db.session.begin_nested():
            own = list[object]()
            state = _apply(event, own)
            announce_all(own)
            return state
    except Exception as error:
        if _is_databases_trouble(error):
            raise
        return _note_failure(event, error)


def _is_databases_trouble(error: Exception) -> bool:
    """Whether the event has nothing to do with it; a value that is too large for an index, say, is the event's."""
    return isinstance(error, OperationalError) and not (getattr(error.orig, "sqlstate", None) or "").startswith(
        PROGRAM_LIMITS
    )


def _note_failure(event: WebhookEvent, error: Exception) -> EventState:
    log.error("webhook_event.failed", webhook_event=event.id, type=event.type, error=type(error).__name__)
    event.error = f"{type(error).__name__}: {error}"[:1000]
    event.attempts += 1
    if event.attempts > len(WAITS):
        event.state, event.processed_at = EventState.FAILED, now()
    else:
        event.due_at = database_now(WAITS[event.attempts - 1])
    return EventState(event.state)


def _hold_back(first: WebhookEvent) -> None:
    """Let all pending events of the source wait for this one, so that they are not claimed in vain."""
    db.session.flush()
    until: datetime = first.due_at
    db.session.execute(
        update(WebhookEvent)
        .where(
            WebhookEvent.account_id == first.account_id,
            WebhookEvent.source_id == first.source_id,
            WebhookEvent.state == EventState.PENDING,
            WebhookEvent.due_at < until,
        )
        .values(due_at=until),
        execution_options=_QUIET,
    )


def _nothing(fact: object) -> None:
    """Do nothing, for facts that only upper layers act upon."""
    del fact
