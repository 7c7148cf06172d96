"""Write down what came of chunks: by one row each, and by rows of people only where they differ from their chunk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ARRAY, Integer, Text, func, insert, literal, select, update

from app.core.clock import database_now
from app.core.db import db
from app.messages.broadcasts.ledger import NEW_KEY
from app.messages.broadcasts.models import BroadcastChunk, BroadcastRecipient, ChunkState, RecipientState
from app.messages.broadcasts.work import ChunkWork

Chunk, Recipient = BroadcastChunk, BroadcastRecipient


def record(broadcast_id: int, works: Sequence[ChunkWork]) -> dict[str, int]:
    """Store the outcomes in the caller's transaction; returns by how much the counts of people change.

    What has no outcome stays as it is, with its key unless LINE has surely taken nothing.
    """
    changes = dict.fromkeys((state.value for state in RecipientState), 0)
    _settle_sent(broadcast_id, [work for work in works if _is_sent(work)])
    _open_again(broadcast_id, [work for work in works if _is_open(work) and not work.is_doubtful])
    for work in works:
        _record_one(broadcast_id, work)
        for state, people in _people(work).items():
            changes[state] += people
            changes[RecipientState.WAITING] -= people
    return changes


def _is_sent(work: ChunkWork) -> bool:
    return work.is_over and not work.must_split and work.unknown is None and not _is_refused_whole(work)


def _is_refused_whole(work: ChunkWork) -> bool:
    return work.is_over and len(work.refused) == work.people > 0


def _is_open(work: ChunkWork) -> bool:
    return not work.is_over and work.unknown is None


def _people(work: ChunkWork) -> dict[str, int]:
    counts = {RecipientState.REFUSED.value: len(work.refused)}
    if _is_sent(work):
        counts[RecipientState.SENT.value] = work.people - len(work.refused)
    elif not work.must_split:
        counts[RecipientState.SENT.value] = len(work.sent)
        if work.unknown is not None:
            counts[RecipientState.UNKNOWN.value] = work.people - len(work.sent) - len(work.refused)
    return counts


def _record_one(broadcast_id: int, work: ChunkWork) -> None:
    """Store what one row for the chunk cannot say."""
    if work.must_split:
        split(broadcast_id, work)
    elif _is_refused_whole(work):
        _settle(broadcast_id, work, ChunkState.REFUSED, next(iter(work.refused.values())))
    elif work.refused:
        _store_people(broadcast_id, list(work.refused), RecipientState.REFUSED, list(work.refused.values()))
    if work.unknown is not None:
        _settle(broadcast_id, work, ChunkState.UNKNOWN, work.unknown)
    if work.sent and not _is_sent(work):
        _store_people(broadcast_id, work.sent, RecipientState.SENT, [None] * len(work.sent))


def _settle_sent(broadcast_id: int, works: Sequence[ChunkWork]) -> None:
    if not works:
        return
    numbers = literal([work.number for work in works], ARRAY(Integer))
    requests = literal([work.request_id for work in works], ARRAY(Text))
    done = func.unnest(numbers, requests).table_valued("number", "request_id").render_derived(name="done")
    statement = update(Chunk).where(*_waiting(broadcast_id), Chunk.number == done.c.number)
    _run(statement.values(state=ChunkState.SENT, request_id=done.c.request_id, settled_at=database_now(), reason=None))


def _open_again(broadcast_id: int, works: Sequence[ChunkWork]) -> None:
    """Forget the use of keys with which LINE has surely taken nothing."""
    if works:
        numbers = [work.number for work in works]
        _run(update(Chunk).where(*_waiting(broadcast_id), Chunk.number.in_(numbers)).values(key_used_at=None))


def _settle(broadcast_id: int, work: ChunkWork, state: ChunkState, reason: str | None = None) -> None:
    statement = update(Chunk).where(*_waiting(broadcast_id), Chunk.number == work.number)
    _run(statement.values(state=state, reason=reason, settled_at=database_now()))


def _store_people(
    broadcast_id: int, positions: Sequence[int], state: RecipientState, why: Sequence[str | None]
) -> None:
    given = func.unnest(literal(list(positions), ARRAY(Integer)), literal(list(why), ARRAY(Text)))
    people = given.table_valued("position", "reason").render_derived(name="people")
    mine = Recipient.broadcast_id == broadcast_id, Recipient.position == people.c.position
    _run(update(Recipient).where(*mine).values(state=state, reason=people.c.reason))


def split(broadcast_id: int, work: ChunkWork) -> None:
    """Put two chunks of half the people, with new keys, in the place of one that LINE refused."""
    _settle(broadcast_id, work, ChunkState.SPLIT)
    mine = Chunk.broadcast_id == broadcast_id
    number = (db.session.scalar(select(func.max(Chunk.number)).where(mine)) or 0) + 1
    middle = (work.first + work.last) // 2
    for at, (first, last) in enumerate(((work.first, middle), (middle + 1, work.last))):
        values = {"broadcast_id": broadcast_id, "number": number + at, "first": first, "last": last}
        db.session.execute(insert(Chunk).values(**values, retry_key=NEW_KEY))
        people = update(Recipient).where(Recipient.broadcast_id == broadcast_id, Recipient.chunk == work.number)
        _run(people.where(Recipient.position.between(first, last)).values(chunk=number + at))


def _waiting(broadcast_id: int) -> tuple[Any, ...]:
    return Chunk.broadcast_id == broadcast_id, Chunk.state == ChunkState.WAITING


def _run(statement: Any) -> None:
    db.session.execute(statement.execution_options(synchronize_session=False))
