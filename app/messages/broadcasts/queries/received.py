"""What friends received of broadcasts, from the ledger: all that one received, the last that each received.

Nothing is written down on friends when a broadcast is sent: a million rows would be changed for a million people.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ColumnElement, Select, and_, any_, cast, extract, func, literal, select, true
from sqlalchemy.dialects.postgresql import distinct_on

from app.core.db import db
from app.friends.models import Friend
from app.messages.broadcasts.models import Broadcast, BroadcastChunk, BroadcastRecipient, RecipientState
from app.messages.broadcasts.queries.begun import BEGUN
from app.messages.broadcasts.queries.people import is_in

Recipient, Chunk = BroadcastRecipient, BroadcastChunk
# When LINE took the message for the friend.
RECEIVED_AT: ColumnElement[datetime] = func.coalesce(Chunk.settled_at, Broadcast.started_at)
# The same in microseconds: a number that grows with time, which the broadcasts' ids need not do.
NUMBER: ColumnElement[int] = cast(extract("epoch", RECEIVED_AT) * 1_000_000, BigInteger)
# When the last one may have received it.
ENDED_AT: ColumnElement[datetime] = func.coalesce(Broadcast.finished_at, func.now())


def received_by(friend_id: int | ColumnElement[int]) -> Select[int, str, datetime, int]:
    """Select `id`, `name`, `received_at` and `number` of the broadcasts that a friend received, the last one first."""
    mine = select(Friend.account_id).where(Friend.id == friend_id).scalar_subquery()
    columns = (Broadcast.id, Broadcast.name, RECEIVED_AT.label("received_at"), NUMBER.label("number"))
    query = received(*columns).where(Broadcast.account_id == mine, Recipient.friend_id == friend_id)
    return query.order_by(RECEIVED_AT.desc(), NUMBER.desc())


def received(*columns: Any) -> Select[Any]:
    """Select columns of the people for whom LINE took the message, and of their broadcasts and chunks."""
    return (
        select(*columns)
        .select_from(Broadcast)
        .join(Recipient, Recipient.broadcast_id == Broadcast.id)
        .join(Chunk, (Chunk.broadcast_id == Recipient.broadcast_id) & (Chunk.number == Recipient.chunk))
        .where(Broadcast.started_at.is_not(None), is_in(RecipientState.SENT))
    )


def last_received_by(account_id: int, friend_ids: Collection[int]) -> Select[Any]:
    """Select `friend_id`, name, time and ID of the last broadcast that each of these friends of an account received.

    It is found by an index, broadcast by broadcast, for all of these friends at once.
    """
    shown = Broadcast.name.label("last_broadcast"), RECEIVED_AT.label("last_broadcast_at")
    columns = Recipient.friend_id, *shown, Broadcast.id.label("last_broadcast_id")
    of_friends = Recipient.friend_id == any_(literal(list(friend_ids), ARRAY(BigInteger)))
    mine = received(*columns).where(Broadcast.account_id == account_id, of_friends)
    last = mine.ext(distinct_on(Recipient.friend_id))
    return last.order_by(Recipient.friend_id, RECEIVED_AT.desc(), Broadcast.id.desc())


Moment = datetime | ColumnElement[Any]


def received_between(account_id: int, since: Moment | None, until: Moment | None) -> Select[Any] | None:
    """Select `friend_id` for each broadcast that a friend received from a moment on, and before another.

    None where no broadcast was sent then. The broadcasts are looked up first, so that PostgreSQL knows whose people it
    is about and passes over all others.
    """
    mine = Broadcast.account_id == account_id, Broadcast.started_at.is_not(None)
    overlaps = _within(since, until, ENDED_AT, Broadcast.started_at)
    is_whole = and_(true(), *_within(since, until, Broadcast.started_at, ENDED_AT))
    found = db.session.execute(select(Broadcast.id, is_whole.label("is_whole")).where(*mine, *overlaps)).all()
    if not found:
        return None
    query = received(Recipient.friend_id).where(Recipient.broadcast_id.in_([row.id for row in found]))
    return (
        query if all(row.is_whole for row in found) else query.where(*_within(since, until, RECEIVED_AT, RECEIVED_AT))
    )


def _within(since: Moment | None, until: Moment | None, first: Any, last: Any) -> list[ColumnElement[bool]]:
    """Return the conditions that `first` is not before a moment, and `last` before another, where they are given."""
    return [*([] if since is None else [first >= since]), *([] if until is None else [last < until])]


def last_received_is(account_id: int, broadcast_ids: Collection[int]) -> Select[Any] | None:
    """Select `friend_id` of those whose last received broadcast is one of these; None where there are no such ones."""
    wanted = list(broadcast_ids)
    if not wanted:
        return None
    asked = db.session.scalars(_up_to_now(account_id, wanted)).all()
    query = received(Recipient.friend_id).where(Recipient.broadcast_id.in_(asked))
    if len(asked) == len(wanted):
        return query
    is_wanted = Recipient.broadcast_id.in_(wanted)
    last, other = (func.max(RECEIVED_AT).filter(test) for test in (is_wanted, ~is_wanted))
    return query.group_by(Recipient.friend_id).having((last >= other) | (last.is_not(None) & other.is_(None)))


def _up_to_now(account_id: int, wanted: Collection[int]) -> Select[Any]:
    """Select `id` of these broadcasts, and of those that anyone may have received after one of them."""
    mine = Broadcast.account_id == account_id, Broadcast.started_at.is_not(None)
    first = select(func.min(BEGUN.started_at)).where(BEGUN.id.in_(wanted)).scalar_subquery()
    return select(Broadcast.id).where(*mine, Broadcast.id.in_(wanted) | (first <= ENDED_AT))
