"""Applying stored events: in the order of their timestamps, by one worker at a time for each source, once.

A slice locks some sources, applies what they have for about a second in one transaction, and commits; what is left is
the next slice's. A worker that dies has done nothing: what an event does and its mark "processed" are one commit. A
slice in which an event fails is done again with a savepoint for each event, which costs too much to be the rule.

Events are announced in lists; only a slice that is done again announces event by event.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import structlog
from sqlalchemy import Boolean, literal_column, update
from sqlalchemy.exc import OperationalError

from app.core import queue, shutdown
from app.core.clock import database_now
from app.core.db import db
from app.core.due.registry import DueKind, register
from app.core.events import announce, announce_all
from app.core.queue import Queue
from app.line import event_parser, identifiers
from app.line.events import (
    EventsClaimed,
    GroupJoined,
    GroupLeft,
    GroupMembersJoined,
    GroupMembersLeft,
    MessageReceived,
    MessageUnsent,
)
from app.line.models import EventState, WebhookEvent
from app.line.operations import event_claims, groups, webhook_events
from app.line.operations.event_claims import EventClaim, Source

log = structlog.get_logger(__name__)

SITTING_SECONDS = 10.0
# After which a slice commits what it has done.
SLICE_SECONDS = 1.0
# Events that are applied together, between two looks at the time and at whether this worker is to end.
TOGETHER = 100
# Waits after each failure, in seconds; after the last one the event has failed for good and its source goes on.
WAITS = (2, 10, 30, 60)
# How soon a group is looked at again that waits for the follow of one who wrote in it.
FOLLOW_WAIT_SECONDS = 1.0

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
        longest_wait=timedelta(seconds=WAITS[-1]),
    )
)

_QUIET = {"synchronize_session": False}
# Applies some events and announces them; returns the state of each. PENDING: it failed, and waits.
_Apply = Callable[[Sequence[WebhookEvent]], list[EventState]]

# What this package itself does with a fact before it announces it.
OWN: dict[type, Callable[[Any], None]] = {
    GroupJoined: groups.join,
    GroupLeft: groups.leave,
    GroupMembersJoined: groups.members_join,
    GroupMembersLeft: groups.members_leave,
    MessageUnsent: webhook_events.forget_content,
}


def process_due() -> int:
    """Apply due events until the time budget of a sitting is used up; returns their number.

    May be called at any time and by several processes.
    """
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
        return _Slice(_apply_together, TOGETHER).process()
    except Exception as error:
        db.session.rollback()
        if _is_databases_trouble(error):
            # The slice is undone and done again later.
            raise
    try:
        return _Slice(_apply_alone, 1).process()
    except BaseException:
        db.session.rollback()
        raise


@dataclass
class _Slice:
    """The events of one claim, applied until the time is over."""

    apply: _Apply
    at_once: int
    # Sources whose next event must wait, and with it all later ones; the follows among these events.
    held: set[Source] = field(default_factory=set)
    held_follows: dict[Source, datetime] = field(default_factory=dict)
    done: defaultdict[EventState, list[int]] = field(default_factory=lambda: defaultdict(list))
    tried: int = 0

    def process(self) -> int:
        """Claim, apply, mark and commit; returns how many events were tried."""
        until, claim = time.monotonic() + SLICE_SECONDS, event_claims.claim()
        writers = {writer for event in claim.events if (writer := _writer_in_group(event))}
        self.held_follows = claim.other_follows(writers)
        _announce_claim(claim.events)
        events = self._free(claim)
        while some := list(islice(events, self.at_once)):
            self._apply(some)
            if time.monotonic() > until or shutdown.is_requested():
                break
        for state, ids in self.done.items():
            _mark(ids, state)
        db.session.commit()
        return self.tried

    def _free(self, claim: EventClaim) -> Iterator[WebhookEvent]:
        """Yield the events whose turn it is; those of a source that is held while they are taken are left out."""
        for event in claim.events:
            source = _source(event)
            if source in self.held:
                continue
            if event.due_at > claim.moment:
                self._hold(event)
            elif self._waits_for_follow(event):
                event.due_at = database_now(FOLLOW_WAIT_SECONDS)
                self._hold(event)
                queue.after_commit(db.session, "line.process_events", queue=Queue.WEBHOOKS, delay=FOLLOW_WAIT_SECONDS)
            else:
                yield event

    def _apply(self, events: Sequence[WebhookEvent]) -> None:
        for event, state in zip(events, self.apply(events), strict=True):
            self.tried += 1
            if state == EventState.PENDING:
                self._hold(event)
            elif state != EventState.FAILED:
                self.done[state].append(event.id)

    def _hold(self, event: WebhookEvent) -> None:
        self.held.add(_source(event))
        if event.type == "follow":
            self.held_follows[_source(event)] = event.occurred_at
        _hold_back(event)

    def _waits_for_follow(self, event: WebhookEvent) -> bool:
        """Return whether a person wrote in a group who followed before, which is not applied yet."""
        writer = _writer_in_group(event)
        followed_at = self.held_follows.get(writer) if writer else None
        return followed_at is not None and followed_at <= event.occurred_at


def _source(event: WebhookEvent) -> Source:
    return event.account_id, event.source_id


def _writer_in_group(event: WebhookEvent) -> Source | None:
    user_id = identifiers.user_id(event.payload.get("source"))
    return (event.account_id, user_id) if user_id and user_id != event.source_id else None


def _announce_claim(events: Sequence[WebhookEvent]) -> None:
    facts = list[object]()
    for event in events:
        # One that cannot be parsed fails by itself when it is applied.
        with suppress(Exception):
            facts.append(event_parser.domain_event(event))
    if said := tuple(fact for fact in facts if fact is not None):
        announce(EventsClaimed(said))


def _apply_together(events: Sequence[WebhookEvent]) -> list[EventState]:
    groups.note_seen(events)
    said = [event_parser.domain_event(event) for event in events]
    left = webhook_events.taken_back(fact for fact in said if isinstance(fact, MessageReceived))
    facts = [_as_left(fact, left) for fact in said if fact is not None]
    for fact in facts:
        OWN.get(type(fact), _nothing)(fact)
    announce_all(facts)
    return [EventState.IGNORED if fact is None else EventState.PROCESSED for fact in said]


def _as_left(fact: object, left: dict[int, dict[str, Any]]) -> object:
    if isinstance(fact, MessageReceived) and fact.webhook_event_id in left:
        return replace(fact, message=left[fact.webhook_event_id])
    return fact


def _apply_alone(events: Sequence[WebhookEvent]) -> list[EventState]:
    """Apply one event in a savepoint: a failure undoes what this event did and nothing else."""
    (event,) = events
    try:
        with db.session.begin_nested():
            return _apply_together(events)
    except Exception as error:
        if _is_databases_trouble(error):
            raise
        return [_note_failure(event, error)]


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
        event.state, event.processed_at = EventState.FAILED, database_now()
        db.session.flush()
    else:
        event.due_at = database_now(WAITS[event.attempts - 1])
    return EventState(event.state)


def _mark(ids: Sequence[int], state: EventState) -> None:
    values = {"state": state, "processed_at": database_now(), "error": None}
    statement = update(WebhookEvent).where(WebhookEvent.id.in_(ids)).values(values)
    db.session.execute(statement, execution_options=_QUIET)


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
