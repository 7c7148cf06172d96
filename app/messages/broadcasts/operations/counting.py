"""Count the results of broadcasts in the background and keep them, for lists and comparisons.

The page of one broadcast counts for itself. Here a broadcast is counted while it is sent, until no reply or block
belongs to it any more, and whenever people have opened or clicked since.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import BigInteger, case, cast, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.clock import database_now, now
from app.core.db import db
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.messages.broadcasts.models import Broadcast, KeptFigures
from app.messages.broadcasts.queries.people import AFTERMATH
from app.messages.broadcasts.queries.results import figures_of
from app.messages.broadcasts.rendering import CAUSE
from app.messages.tracking.models import TrackedSend

# Figures follow what happens by so much; of older broadcasts, replies and blocks by a share of their age.
SOON, LATEST, SHARE_OF_AGE = timedelta(seconds=15), timedelta(hours=1), 10
COUNTED = ("sent", "delivered", "opened", "clicked", "clicks", "replied", "blocked")

FIGURES = register(
    DueKind(
        "messages.broadcast_figures",
        KeptFigures,
        wake=lambda: queue.wake("messages.broadcasts.count"),
        batch=1,
        longest_wait=LATEST,
    )
)


def count_later(broadcast_id: int) -> None:
    """Have a broadcast counted that begins in the caller's transaction."""
    values = insert(KeptFigures).values(broadcast_id=broadcast_id, **FIGURES.ordered(SOON))
    db.session.execute(values.on_conflict_do_update(index_elements=["broadcast_id"], set_=FIGURES.ordered(SOON)))


def count_again(send_ids: Collection[int]) -> None:
    """Have the broadcasts of these sends counted soon, unless they are to be by then.

    A count under way may not see what happened, so another one follows it.
    """
    soon, due_at = database_now(SOON), KeptFigures.due_at
    is_under_way = KeptFigures.leased_until.is_not(None) & (due_at <= database_now())
    is_later = or_(due_at.is_(None), due_at > soon, is_under_way)
    mine = select(cast(TrackedSend.cause_id, BigInteger)).where(
        TrackedSend.id.in_(send_ids), TrackedSend.cause_kind == CAUSE, TrackedSend.is_test.is_(False)
    )
    due = select(KeptFigures.broadcast_id).where(KeptFigures.broadcast_id.in_(mine), is_later)
    held = due.order_by(KeptFigures.broadcast_id).with_for_update(key_share=True).cte("held")
    db.session.execute(update(KeptFigures).where(KeptFigures.broadcast_id == held.c.broadcast_id).values(due_at=soon))


def count_due() -> int:
    """Count the broadcasts that are due; returns how many."""
    return process(FIGURES, _count, again=FIGURES.wake)


def _count(claim: Claim) -> None:
    (row,) = claim.rows
    broadcast = db.session.get_one(Broadcast, row.id)
    figures, wait = figures_of(broadcast), _wait_for_next(broadcast)
    kept = {name: getattr(figures, name) for name in COUNTED}
    hours = [[hour.loads, hour.clicks] for hour in figures.hours]
    following = null() if wait is None else database_now(wait)
    # What was ordered while it was counted stays ordered.
    ordered = case((KeptFigures.due_at > database_now(), KeptFigures.due_at))
    claim.done(**kept, hours=hours, counted_at=now(), due_at=func.least(ordered, following))


def _wait_for_next(broadcast: Broadcast) -> timedelta | None:
    """Return when it is counted next though no one opens or clicks; None where nothing else can change."""
    moment = now()
    if broadcast.finished_at is not None and moment > broadcast.finished_at + AFTERMATH:
        return None
    age = moment - (broadcast.finished_at or broadcast.started_at or moment)
    return min(max(age / SHARE_OF_AGE, SOON), LATEST)
