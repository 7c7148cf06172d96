"""The people of the parts of an A/B test: how many got each set in the test, and the winner afterwards."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, distinct, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from app.core.db import db
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.ledger import Chunk, Recipient
from app.messages.broadcasts.models import Broadcast, ChunkState, PartOfTest, RecipientState
from app.messages.broadcasts.queries.people import blocked_before
from app.messages.broadcasts.rendering import SEND_OF
from app.messages.tracking.models import LinkFetch


def send_of(broadcast: Broadcast, part: PartOfTest) -> int | None:
    """Return the send of the set that the part got; None where the set has no links, or no winner is known."""
    variant = broadcast.winner if part is PartOfTest.REST else part.value
    send_id: int | None = getattr(broadcast, SEND_OF[variant]) if variant else None  # type: ignore[index]
    return send_id


def parts_of(broadcast: Broadcast, deal: Deal) -> list[PartOfTest]:
    """Return the parts of a test that have got a set, or are to get it."""
    return [PartOfTest.A, PartOfTest.B, *([PartOfTest.REST] if deal.has_rest and broadcast.winner else [])]


def is_of(part: PartOfTest) -> ColumnElement[bool]:
    """Return the condition on recipients of a test that they belong to the part."""
    return Recipient.variant.is_(None) if part is PartOfTest.REST else Recipient.variant == part.value


def people_of_part(broadcast_id: int, part: PartOfTest) -> Select[Any]:
    """Select `friend_id` of the people of a part of a broadcast's test."""
    return select(Recipient.friend_id).where(Recipient.broadcast_id == broadcast_id, is_of(part))


def is_fetched_by_rest(broadcast: Broadcast) -> ColumnElement[bool]:
    """Return the condition that a fetch counts for the rest of a test.

    Where it is not known whose it is, it counts for the rest from the moment of the winner on.
    """
    other = aliased(Recipient)
    mine = other.broadcast_id == broadcast.id, other.friend_id == LinkFetch.friend_id, other.variant.is_(None)
    is_later = and_(LinkFetch.friend_id.is_(None), LinkFetch.fetched_at >= literal(broadcast.winner_at))
    return or_(exists().where(*mine), is_later) if broadcast.winner_at else literal(False)


def count_sent(broadcast: Broadcast, deal: Deal) -> Counter[str]:
    """Count by part the people whom LINE took the message for, from the chunks and the few people who differ."""
    own = (
        select(Recipient.chunk, func.count().label("people"))
        .where(Recipient.broadcast_id == broadcast.id, Recipient.state.is_not(None))
        .group_by(Recipient.chunk)
        .subquery("own")
    )
    # A chunk lies within one part of the deal.
    of_chunk, of_person = (_part(deal, position) for position in (Chunk.first, Recipient.position))
    size = func.sum(Chunk.last - Chunk.first + 1 - func.coalesce(own.c.people, 0))
    chunks = (
        select(of_chunk, size)
        .outerjoin(own, own.c.chunk == Chunk.number)
        .where(Chunk.broadcast_id == broadcast.id, Chunk.state == ChunkState.SENT)
        .group_by(of_chunk)
    )
    people = (
        select(of_person, func.count())
        .where(Recipient.broadcast_id == broadcast.id, Recipient.state == RecipientState.SENT)
        .group_by(of_person)
    )
    found = Counter[str]()
    for part, number in [*db.session.execute(chunks), *db.session.execute(people)]:
        found[part] += int(number)
    return found


def count_blocked_before(broadcast: Broadcast) -> Counter[str]:
    """Count by part the people who had blocked the account when LINE took their message."""
    part = func.coalesce(Recipient.variant, PartOfTest.REST.value)
    blocked = blocked_before([broadcast.id], part.label("part"), Recipient.friend_id).subquery("blocked")
    counted = select(blocked.c.part, func.count(distinct(blocked.c.friend_id))).group_by(blocked.c.part)
    return Counter({name: int(number) for name, number in db.session.execute(counted)})


def _part(deal: Deal, position: InstrumentedAttribute[int]) -> ColumnElement[str]:
    a, b, rest = (literal(part.value) for part in PartOfTest)
    return case((position <= deal.a, a), (position <= deal.tested, b), else_=rest)
