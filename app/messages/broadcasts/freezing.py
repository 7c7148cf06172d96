"""Freeze the audience of a broadcast: one row a person, and the chunks, in the transaction that sets Sending."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Subquery,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    literal_column,
    null,
    select,
)

from app.core.clock import now
from app.core.db import db
from app.friends.models import FollowStatus
from app.line.gateway.sends import MAX_RECIPIENTS
from app.messages.broadcasts import reasons
from app.messages.broadcasts.deal import Deal, half_of
from app.messages.broadcasts.models import (
    Broadcast,
    BroadcastChunk,
    BroadcastRecipient,
    BroadcastState,
    LatePolicy,
    Variant,
    Way,
)
from app.messages.broadcasts.operations.counting import count_later
from app.messages.broadcasts.queries.audience import AudienceChoice, audience_for
from app.messages.broadcasts.rendering import Rendering
from app.messages.sending.frequency import cap_of, reached_often
from app.messages.sending.models import FrequencyCap
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


def freeze(broadcast: Broadcast, renderings: Iterable[Rendering]) -> int:
    """Store who is sent to, in the transaction of the caller, who holds the row; returns how many they are.

    Blocked and unreachable friends are left out, and those whom the frequency cap of the account leaves out. Raises
    one of AUDIENCE_TROUBLE.
    """
    audience = audience_for(broadcast.account_id, AudienceChoice.read(broadcast.audience))
    ways = {rendering.way for rendering in renderings}
    broadcast.way = Way.PUSH if Way.PUSH in ways else Way.MULTICAST
    friends = audience.friends().subquery("audience")
    size = _chunk_size(broadcast, Way(broadcast.way), friends)
    cap = cap_of(broadcast.account_id)
    people = _store_people(broadcast, friends, size, cap)
    deal = None if broadcast.test_share is None else Deal.of_people(people, broadcast.test_share)
    _store_chunks(broadcast.id, people, deal, size)
    broadcast.frozen = {**_left_out(friends, people, cap), "definitions": audience.definitions}
    if deal is not None:
        broadcast.frozen["test"] = {"a": deal.a, "b": deal.b}
    broadcast.counts = {"waiting": people}
    name = f"b{broadcast.id}"
    broadcast.unit = name if use_unit(broadcast.account_id, name) else None
    broadcast.state, broadcast.started_at, broadcast.finished_at = BroadcastState.SENDING, now(), None
    broadcast.reason, broadcast.reason_values = None, {}
    count_later(broadcast.id)
    return people


def _chunk_size(broadcast: Broadcast, way: Way, friends: FromClause) -> int:
    """Return the people by chunk; a broadcast that is spread over minutes has several chunks a minute."""
    if not broadcast.spread_minutes:
        return CHUNK[way]
    following = select(func.count()).select_from(friends).where(friends.c.follow_status == FollowStatus.FOLLOWING)
    expected = int(db.session.scalar(following) or 0)
    return max(1, min(CHUNK[way], expected // (broadcast.spread_minutes * CHUNKS_A_MINUTE)))


def _store_people(broadcast: Broadcast, friends: FromClause, size: int, cap: FrequencyCap | None) -> int:
    reachable = _placed(broadcast, friends, cap)
    share = broadcast.test_share
    columns = {
        "broadcast_id": literal(broadcast.id),
        "position": cast(reachable.c.position, Integer),
        "chunk": _chunk_of(reachable.c.position, size) if share is None else _chunk_of_part(reachable, share, size),
        "friend_id": reachable.c.id,
        "line_user_id": reachable.c.line_user_id,
    }
    if share is not None:
        columns["variant"] = _variant(reachable, share)
    rows = select(*columns.values())
    stored = insert(BroadcastRecipient).from_select(list(columns), rows).execution_options(preserve_rowcount=True)
    return int(db.session.execute(stored).rowcount)  # type: ignore[attr-defined]


def _placed(broadcast: Broadcast, friends: FromClause, cap: FrequencyCap | None) -> Subquery:
    """Select `position`, `id` and `line_user_id` of who is sent to; in a test also `people`, how many they are."""
    columns: list[ColumnElement[Any]] = [friends.c.id, friends.c.line_user_id]
    order: list[ColumnElement[Any]] = [friends.c.id]
    if broadcast.test_share is not None:
        # At random, and always the same for this broadcast and this friend.
        order.insert(0, func.hashint8extended(friends.c.id, literal(broadcast.id, BigInteger)))
        columns.append(cast(func.count().over(), Integer).label("people"))
    position = cast(func.row_number().over(order_by=order), Integer).label("position")
    reachable = select(position, *columns).where(friends.c.follow_status == FollowStatus.FOLLOWING)
    if cap is not None:
        reachable = reachable.where(~_is_capped(friends, cap))
    return reachable.subquery("reachable")


def _is_capped(friends: FromClause, cap: FrequencyCap) -> ColumnElement[bool]:
    often = reached_often(cap.account_id, cap.most, cap.days).subquery("often")
    return exists(select(often.c.friend_id).where(often.c.friend_id == friends.c.id))


def _number(value: int) -> ColumnElement[int]:
    return literal_column(str(value), Integer)


def _chunk_of(position: ColumnElement[int], size: int) -> ColumnElement[int]:
    return cast((position - 1) // _number(size), Integer)


def _chunk_of_part(reachable: FromClause, share: int, size: int) -> ColumnElement[int]:
    """Return the number of the chunk in a test, as `_store_chunks` has it: A's and B's chunks by turns, then the rest.

    Chunks are sent in the order of their numbers, so both sets go out side by side.
    """
    half, position = half_of(reachable.c.people, share), reachable.c.position
    chunks = (half + _number(size - 1)) // _number(size)
    return case(
        (position <= half, 2 * _chunk_of(position, size)),
        (position <= 2 * half, 2 * _chunk_of(position - half, size) + 1),
        else_=2 * chunks + _chunk_of(position - 2 * half, size),
    )


def _variant(reachable: FromClause, share: int) -> ColumnElement[str]:
    half, position = half_of(reachable.c.people, share), reachable.c.position
    return case((position <= half, Variant.A.value), (position <= 2 * half, Variant.B.value), else_=null())


def _store_chunks(broadcast_id: int, people: int, deal: Deal | None, size: int) -> None:
    """Store the chunks of each part of the people; those of A have even numbers, those of B odd ones."""
    if deal is None:
        return _store_part(broadcast_id, (1, people), size)
    _store_part(broadcast_id, (1, deal.a), size, step=2)
    _store_part(broadcast_id, (deal.a + 1, deal.tested), size, start=1, step=2)
    return _store_part(broadcast_id, (deal.tested + 1, people), size, start=2 * math.ceil(deal.a / size))


def _store_part(broadcast_id: int, part: tuple[int, int], size: int, *, start: int = 0, step: int = 1) -> None:
    """Store the chunks of the people from a first to a last position; an empty part has none."""
    begin, end = part
    count = math.ceil((end - begin + 1) / size)
    if count <= 0:
        return
    number = func.generate_series(0, count - 1).column_valued("number")
    first = number * size + begin
    rows = select(
        literal(broadcast_id),
        number * step + start,
        first,
        func.least(first + size - 1, end),
        literal_column("gen_random_uuid()"),
    )
    names = ["broadcast_id", "number", "first", "last", "retry_key"]
    db.session.execute(insert(BroadcastChunk).from_select(names, rows))


def _left_out(friends: FromClause, people: int, cap: FrequencyCap | None) -> dict[str, Any]:
    """Return the counts of the audience, in which those who are sent to are known already."""
    others = friends.c.follow_status.in_([one for one in FollowStatus if one is not FollowStatus.FOLLOWING])
    blocked = func.count().filter(friends.c.follow_status == FollowStatus.BLOCKED)
    row = db.session.execute(select(func.count(), blocked).select_from(friends).where(others)).one()
    counts: dict[str, Any] = {"friends": people + row[0], "reachable": people, "blocked": row[1]}
    if cap is None:
        return counts
    following = friends.c.follow_status == FollowStatus.FOLLOWING, _is_capped(friends, cap)
    capped = int(db.session.scalar(select(func.count()).select_from(friends).where(*following)) or 0)
    counts["friends"] += capped
    return {**counts, "capped": {"people": capped, "most": cap.most, "days": cap.days}}
