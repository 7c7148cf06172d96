"""Actors that advance runs, one per queue that runs may live on."""

from __future__ import annotations

from flask import current_app

from app.core.queue import Queue, actor
from app.core.runs import operations

# A slice that is one long transaction may take as long as its data; a cancel reaches it all the same.
LONGEST_SLICE_MS = 6 * 60 * 60 * 1000


@actor(Queue.BULK)
def advance_on_bulk(run_id: int) -> None:
    operations.advance(run_id)


@actor(Queue.SYNC, time_limit=LONGEST_SLICE_MS)
def advance_on_sync(run_id: int) -> None:
    operations.advance(run_id)


@actor(Queue.SENDING)
def advance_on_sending(run_id: int) -> None:
    operations.advance(run_id)


@actor(Queue.BROADCASTS)
def advance_on_broadcasts(run_id: int) -> None:
    operations.advance(run_id)


@actor()
def prune() -> None:
    operations.prune(current_app.config["TOMORU"].run_keep_days)
