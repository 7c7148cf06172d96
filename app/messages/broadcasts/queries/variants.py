"""To how many people each set of an A/B test was sent; people of the rest count for the winner."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import ColumnElement, case, distinct, func, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.ledger import Chunk, Recipient
from app.messages.broadcasts.models import Broadcast, ChunkState, RecipientState
from app.messages.broadcasts.queries.people import blocked_before


def count_sent(broadcast: Broadcast, deal: Deal) -> Counter[str]:
    """Count by set the people whom LINE took the message for, from the chunks and the few people who differ."""
    own = (
        select(Recipient.chunk, func.count().label("people"))
        .where(Recipient.broadcast_id == broadcast.id, Recipient.state.is_not(None))
        .group_by(Recipient.chunk)
        .subquery("own")
    )
    # A chunk lies within one part of the deal.
    of_chunk, of_person = (_variant(broadcast, deal, position) for position in (Chunk.first, Recipient.position))
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
    for variant, number in [*db.session.execute(chunks), *db.session.execute(people)]:
        found[variant] += int(number)
    return found


def count_blocked_before(broadcast: Broadcast) -> Counter[str]:
    """Count by set the people who had blocked the account when LINE took their message."""
    variant = func.coalesce(Recipient.variant, broadcast.winner or "")
    blocked = blocked_before([broadcast.id], variant.label("variant"), Recipient.friend_id).subquery("blocked")
    counted = select(blocked.c.variant, func.count(distinct(blocked.c.friend_id))).group_by(blocked.c.variant)
    return Counter({name: int(number) for name, number in db.session.execute(counted)})


def _variant(broadcast: Broadcast, deal: Deal, position: InstrumentedAttribute[int]) -> ColumnElement[str]:
    a, b = literal("a"), literal("b")
    return case((position <= deal.a, a), (position <= deal.tested, b), else_=literal(broadcast.winner or ""))
