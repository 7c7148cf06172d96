"""Count the friends of segments: at once when that is quick, otherwise by a worker; the row is the work order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta

import structlog
from sqlalchemy import delete, or_, update
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.clock import database_now, now
from app.core.db import db, optional_write
from app.core.db.time_budget import Budget, OutOfTime, Superseded
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.i18n import today, zone
from app.segments.conditions.compiler import compile_definition
from app.segments.models import Segment, SegmentCount
from app.segments.queries.audience import NOT_KNOWN, NotKnownYet, require_known
from app.segments.queries.counting import Numbers, count_members
from app.segments.queries.segments import reading_of

log = structlog.get_logger(__name__)
# A member who has just saved waits so long for the number; then a worker goes on.
AT_ONCE_SECONDS = 0.4
# The longest that a worker counts one segment, and how long it holds the order.
MOST_SECONDS = 300
# A number older than this is counted again when a member looks at it.
FRESH = timedelta(minutes=5)
# What could not be counted is not tried again so long when a member looks at it; they may still ask for it.
REST = timedelta(hours=1)
# Numbers of so many days are kept for the line on the segment's page.
KEPT = timedelta(days=400)
COUNTS = register(
    DueKind(
        "segments.counts",
        Segment,
        wake=lambda segment_id: queue.wake("segments.count_due", segment_id),
        keys=(Segment.id,),
        prefix="count_",
        given_up={"count_given_up_at": database_now()},
        lease=timedelta(seconds=MOST_SECONDS + 30),
    )
)


def count_later(segments: Iterable[Segment]) -> None:
    """Order a count and wake a worker after commit."""
    for segment in segments:
        COUNTS.order(segment)
        queue.after_commit(db.session, "segments.count_due", segment.id)


def count_stale_later(segments: Iterable[Segment]) -> None:
    """Order counts for those whose number is old or missing, unless a count was given up not long ago.

    A page that only shows segments does without while the database takes no changes.
    """
    if stale := [one for one in segments if one.count_due_at is None and _is_stale(one, now())]:
        with optional_write():
            count_later(stale)


def _is_stale(segment: Segment, moment: datetime) -> bool:
    is_resting = segment.count_given_up_at is not None and segment.count_given_up_at > moment - REST
    return not is_resting and (segment.counted_at is None or segment.counted_at < moment - FRESH)


def try_to_count(segment: Segment) -> None:
    """Count now if that takes no time; otherwise the order stays."""
    try:
        _carry_out(segment, Budget(AT_ONCE_SECONDS))
    except NotKnownYet:
        _forget_numbers(segment)
    except (OutOfTime, Superseded):
        log.info("segment.count_takes_longer", segment_id=segment.id)


def count_due(segment_id: int) -> None:
    """Carry out the order for one segment; safe to call at any time by anyone. Commits."""
    process(COUNTS, _count_claimed, Segment.id == segment_id, again=lambda: COUNTS.wake(segment_id))


def _count_claimed(claim: Claim) -> None:
    segment = db.session.get(Segment, claim.ids()[0], populate_existing=True)
    if segment is None:
        return
    try:
        _store(segment, Budget(MOST_SECONDS))
    except NotKnownYet as reason:
        _forget_numbers(segment)
        claim.later(reason=NOT_KNOWN, after=reason.after, counts=False)
        return
    except (OutOfTime, Superseded):
        _give_up(segment)
    claim.done()


def _forget_numbers(segment: Segment) -> None:
    """Take the numbers away that were counted for what is not known now."""
    numbers = {"friends": None, "reachable": None, "blocked": None, "counted_at": None}
    change = update(Segment).where(Segment.id == segment.id, Segment.version == segment.version)
    db.session.execute(change.values(**numbers).execution_options(synchronize_session="fetch"))


def _give_up(segment: Segment) -> None:
    """Store that counting takes too long, unless the segment has changed in between."""
    log.warning("segment.count_given_up", segment_id=segment.id)
    same = update(Segment).where(Segment.id == segment.id, Segment.version == segment.version)
    db.session.execute(same.values(count_given_up_at=now()).execution_options(synchronize_session="fetch"))


def count(segment: Segment) -> Numbers:
    """Count the friends of a segment however long it takes, and store the number; raises NotKnownYet."""
    return _carry_out(segment, Budget(MOST_SECONDS))


def _carry_out(segment: Segment, budget: Budget) -> Numbers:
    """Count without a claim and clear `count_due_at`, unless another count was ordered since."""
    # An order that was made in this transaction is SQL until it is written.
    db.session.flush()
    due = segment.count_due_at
    numbers = _store(segment, budget)
    same = update(Segment).where(Segment.id == segment.id, Segment.count_due_at == due)
    db.session.execute(same.values(count_due_at=None, count_leased_until=None))
    db.session.refresh(segment)
    return numbers


def _store(segment: Segment, budget: Budget) -> Numbers:
    """Store the number, unless the segment has changed while it was counted: its change has ordered a new count."""
    version, moment = segment.version, now()
    definition = reading_of(segment).definition
    require_known(definition)
    compiled = compile_definition(definition)
    numbers = budget.ask(lambda: count_members(compiled))
    values = {"friends": numbers.friends, "reachable": numbers.reachable, "blocked": numbers.blocked}
    still = or_(Segment.counted_at.is_(None), Segment.counted_at < moment)
    stored = db.session.execute(
        update(Segment)
        .where(Segment.id == segment.id, Segment.version == version, still)
        .values(**values, counted_at=moment, count_given_up_at=None)
        .returning(Segment.id)
        .execution_options(synchronize_session=False)
    )
    if stored.scalar() is not None:
        _keep_for_the_day(segment.id, version, numbers)
    db.session.refresh(segment)
    return numbers


def _keep_for_the_day(segment_id: int, version: int, numbers: Numbers) -> None:
    """Keep the numbers in place of those counted before on this day."""
    values = {"version": version, "friends": numbers.friends, "reachable": numbers.reachable}
    row = insert(SegmentCount).values(segment_id=segment_id, day=today(), **values)
    db.session.execute(row.on_conflict_do_update(index_elements=["segment_id", "day"], set_=values))


def count_daily() -> None:
    """Order a count of each segment that has none of today, and forget the numbers of days long past. Commits."""
    begin = datetime.combine(today(), time.min, tzinfo=zone())
    is_old = or_(Segment.counted_at.is_(None), Segment.counted_at < begin)
    is_rested = or_(Segment.count_given_up_at.is_(None), Segment.count_given_up_at < begin)
    waiting = update(Segment).where(Segment.count_due_at.is_(None), is_old, is_rested)
    db.session.execute(waiting.values(**COUNTS.ordered()).execution_options(synchronize_session=False))
    db.session.execute(delete(SegmentCount).where(SegmentCount.day < today() - KEPT))
    db.session.commit()
