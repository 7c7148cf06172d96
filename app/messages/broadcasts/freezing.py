"""Freeze the audience of a broadcast: one row a person, and the chunks, in the transaction that sets Sending."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import FromClause, Integer, cast, func, insert, literal, literal_column, select

from app.core.clock import now
from app.core.db import db
from app.friends.models import FollowStatus
from app.line.gateway.sends import MAX_RECIPIENTS
from app.messages.broadcasts import reasons
from app.messages.broadcasts.models import (
    Broadcast,
    BroadcastChunk,
    BroadcastRecipient,
    BroadcastState,
    LatePolicy,
    Way,
)
from app.messages.broadcasts.queries.audience import AudienceChoice, audience_for
from app.messages.broadcasts.rendering import Rendering
from app.messages.tracking.operations.units import use_unit

# A broadcast that starts later than this is late: the system was down at its time.
NOT_LATE = timedelta(minutes=15)
# Of a broadcast that is spread over some time.
CHUNKS_A_MINUTE = 4
# People by chunk. Of pushes, a worker that dies repeats those of a few chunks, which LINE then refuses as known.
CHUNK = {Way.MULTICAST: MAX_RECIPIENTS, Way.PUSH: 100}


def late_state(broadcast: Broadcast) -> tuple[BroadcastState, str] | None:
    """Return state and reason of a broadcast that is too late to be just sent; None for one that is."""
    planned = max(one for one in (broadcast.scheduled_at, broadcast.confirmed_at, broadcast.created_at) if one)
    late = now() - planned
    if late <= NOT_LATE or broadcast.late_policy == LatePolicy.SEND:
        return None
    if broadcast.late_policy == LatePolicy.ASK:
        return BroadcastState.DECISION, reasons.LATE
    is_too_late = late > timedelta(hours=broadcast.late_hours)
    return (BroadcastState.FAILED, reasons.TOO_LATE) if is_too_late else None


def freeze(broadcast: Broadcast, rendering: Rendering) -> int:
    """Store who is sent to, in the transaction of the caller, who holds the row; returns how many they are.

    Blocked and unreachable friends are left out. Raises SegmentGone.
    """
    audience = audience_for(broadcast.account_id, AudienceChoice.read(broadcast.audience))
    broadcast.way = rendering.way
    friends = audience.friends().subquery("audience")
    size = _chunk_size(broadcast, rendering.way)
    people = _store_people(broadcast.id, friends, size)
    _store_chunks(broadcast.id, people, size)
    broadcast.frozen = {**_left_out(friends, people), "definitions": audience.definitions}
    broadcast.counts = {"waiting": people}
    name = f"b{broadcast.id}"
    broadcast.unit = name if use_unit(broadcast.account_id, name) else None
    broadcast.state, broadcast.started_at, broadcast.finished_at = BroadcastState.SENDING, now(), None
    broadcast.reason, broadcast.reason_values = None, {}
    return people


def _chunk_size(broadcast: Broadcast, way: Way) -> int:
    """Return the people by chunk; a broadcast that is spread over minutes has several chunks a minute."""
    if not broadcast.spread_minutes:
        return CHUNK[way]
    expected = int((broadcast.reviewed or {}).get("reachable", 0))
    return max(1, min(CHUNK[way], expected // (broadcast.spread_minutes * CHUNKS_A_MINUTE)))


def _store_people(broadcast_id: int, friends: FromClause, size: int) -> int:
    position = func.row_number().over(order_by=friends.c.id).label("position")
    reachable = (
        select(position, friends.c.id, friends.c.line_user_id)
        .where(friends.c.follow_status == FollowStatus.FOLLOWING)
        .subquery("reachable")
    )
    rows = select(
        literal(broadcast_id),
        cast(reachable.c.position, Integer),
        cast((reachable.c.position - 1) // literal_column(str(size), Integer), Integer),
        reachable.c.id,
        reachable.c.line_user_id,
    )
    names = ["broadcast_id", "position", "chunk", "friend_id", "line_user_id"]
    stored = insert(BroadcastRecipient).from_select(names, rows).execution_options(preserve_rowcount=True)
    return int(db.session.execute(stored).rowcount)  # type: ignore[attr-defined]


def _store_chunks(broadcast_id: int, people: int, size: int) -> None:
    if not people:
        return
    number = func.generate_series(0, (people - 1) // size).column_valued("number")
    first = number * size + 1
    last = func.least(first + size - 1, people)
    rows = select(literal(broadcast_id), number, first, last, literal_column("gen_random_uuid()"))
    names = ["broadcast_id", "number", "first", "last", "retry_key"]
    db.session.execute(insert(BroadcastChunk).from_select(names, rows))


def _left_out(friends: FromClause, people: int) -> dict[str, int]:
    """Return the counts of the audience, in which those who are sent to are known already."""
    others = friends.c.follow_status.in_([one for one in FollowStatus if one is not FollowStatus.FOLLOWING])
    blocked = func.count().filter(friends.c.follow_status == FollowStatus.BLOCKED)
    row = db.session.execute(select(func.count(), blocked).select_from(friends).where(others)).one()
    return {"friends": people + row[0], "reachable": people, "blocked": row[1]}
