"""Counting the friends of segments: at once when that is quick, otherwise by a worker; the row is the work order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import structlog
from sqlalchemy import ColumnElement, case, or_, select, update

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.db.time_budget import Budget, OutOfTime, Superseded
from app.segments.conditions.compiler import compile_definition
from app.segments.models import Segment
from app.segments.queries.counting import Numbers, count_members
from app.segments.queries.segments import reading_of

log = structlog.get_logger(__name__)
# Whoever has just saved waits so long for the number; then a worker goes on.
AT_ONCE_SECONDS = 0.4
# The longest that a worker counts one segment, and how long it holds the order meanwhile.
MOST_SECONDS = 300
# A number older than this is counted anew when somebody looks at it.
FRESH = timedelta(minutes=5)
# What could not be counted is not tried again so long because somebody looks at it; they may still ask for it.
REST = timedelta(hours=1)


def count_later(segments: Iterable[Segment]) -> None:
    """Order a count and wake a worker after commit."""
    moment = now()
    for segment in segments:
        segment.count_due_at = moment
        queue.after_commit(db.session, "segments.count_due", segment.id)


def count_stale_later(segments: Iterable[Segment]) -> None:
    """Order counts for those whose number is old or missing, unless a count was given up not long ago."""
    count_later([one for one in segments if one.count_due_at is None and _is_stale(one, now())])


def _is_stale(segment: Segment, moment: datetime) -> bool:
    is_resting = segment.count_given_up_at is not None and segment.count_given_up_at > moment - REST
    return not is_resting and (segment.counted_at is None or segment.counted_at < moment - FRESH)


def try_to_count(segment: Segment) -> None:
    """Count now if that takes no time; otherwise the order stays."""
    try:
        _store(segment, Budget(AT_ONCE_SECONDS))
    except (OutOfTime, Superseded):
        log.info("segment.count_takes_longer", segment_id=segment.id)


def count_due(segment_id: int) -> None:
    """Carry out the order for one segment; safe to call at any time by anyone. Commits.

    While it counts, the order is put off, so that nobody else counts too and a worker that dies costs a few minutes.
    """
    moment = now()
    taken = db.session.execute(
        update(Segment)
        .where(Segment.id == segment_id, Segment.count_due_at <= moment)
        .values(count_due_at=moment + timedelta(seconds=MOST_SECONDS))
        .execution_options(synchronize_session=False)
    )
    db.session.commit()
    if taken.rowcount != 1:  # type: ignore[attr-defined]
        return
    segment = db.session.get(Segment, segment_id, populate_existing=True)
    if segment is None:
        return
    try:
        _store(segment, Budget(MOST_SECONDS))
    except (OutOfTime, Superseded):
        _give_up(segment)
    db.session.commit()


def _give_up(segment: Segment) -> None:
    """Remember it, unless the segment has changed meanwhile: of what it is now nobody knows how long it takes."""
    log.warning("segment.count_given_up", segment_id=segment.id)
    mine = update(Segment).where(Segment.id == segment.id).execution_options(synchronize_session="fetch")
    version = segment.version
    db.session.execute(mine.values(count_due_at=_without(segment.count_due_at)))
    db.session.execute(mine.where(Segment.version == version).values(count_given_up_at=now()))


def sweep() -> None:
    """Wake a worker for every count that is due."""
    query = select(Segment.id).where(Segment.count_due_at.is_not(None), Segment.count_due_at <= now())
    for segment_id in db.session.scalars(query.order_by(Segment.count_due_at).limit(1000)):
        queue.wake("segments.count_due", segment_id)


def count(segment: Segment) -> Numbers:
    """Count the friends of a segment however long it takes, and store the number."""
    return _store(segment, Budget(MOST_SECONDS))


def _store(segment: Segment, budget: Budget) -> Numbers:
    """Nothing is stored for a segment that has changed while it was counted; its change has ordered a count itself.

    Nor is an order taken away that came meanwhile, for example since a tag was deleted.
    """
    version, due, moment = segment.version, segment.count_due_at, now()
    compiled = compile_definition(reading_of(segment).definition)
    numbers = budget.ask(lambda: count_members(compiled))
    values = {"friends": numbers.friends, "reachable": numbers.reachable, "blocked": numbers.blocked}
    still = or_(Segment.counted_at.is_(None), Segment.counted_at < moment)
    db.session.execute(
        update(Segment)
        .where(Segment.id == segment.id, Segment.version == version, still)
        .values(**values, counted_at=moment, count_due_at=_without(due), count_given_up_at=None)
        .execution_options(synchronize_session=False)
    )
    db.session.refresh(segment)
    return numbers


def _without(due: datetime | None) -> ColumnElement[datetime | None]:
    """When to count again once this order is done: never, unless there is another one by now."""
    return case((Segment.count_due_at == due, None), else_=Segment.count_due_at)
