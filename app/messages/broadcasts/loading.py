"""Take the next chunks in hand: their keys are stored as used before LINE is called, and their calls made ready."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import func, literal, or_, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from app.core.clock import database_now, now
from app.core.db import db
from app.line.gateway.outcomes import KEY_LIFE, RetryKey
from app.line.gateway.sends import Send
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.models import BroadcastChunk, BroadcastRecipient, ChunkState, Variant, Way
from app.messages.broadcasts.rendering import Rendering, body
from app.messages.broadcasts.spread import Spread
from app.messages.broadcasts.work import Call, ChunkWork

Chunk, Recipient = BroadcastChunk, BroadcastRecipient
# A key of later than this from now was used before the clock was set back, and no one knows when.
CLOCKS_DIFFER = timedelta(minutes=5)
TOO_LONG = "messages.too_long"
KEY_EXPIRED = "line.key_expired"


@dataclass(frozen=True, eq=False)
class ReadySet:
    """A message set made ready; `messages` are its JSON, where they are the same for all."""

    rendering: Rendering
    messages: str


@dataclass(frozen=True)
class BroadcastBatch:
    """What a broadcast's calls have in common. `sets` are by variant; the only one stands under A."""

    account_id: int
    broadcast_id: int
    way: Way
    unit: str | None
    sets: Mapping[Variant, ReadySet]
    spread: Spread | None = None
    deal: Deal | None = None
    winner: Variant | None = None

    def set_at(self, position: int) -> ReadySet:
        """Return the set that the person at the position gets."""
        return self.sets[self.deal.variant_of(position, self.winner) if self.deal else Variant.A]


def load(batch: BroadcastBatch, after: int, most: int) -> list[ChunkWork]:
    """Return up to `most` chunks that wait, by number, with their calls; in the caller's transaction.

    Those whose key is too old come with the code of that as `unknown`, and those without people as over.
    """
    chunks = _waiting(batch, after, most)
    works = [_work(row) for row in chunks]
    usable = [work for work in works if work.unknown is None]
    if usable:
        _store_use(batch.broadcast_id, usable)
        known = {row.number for row in chunks if row.age is not None}
        _make_calls(batch, usable, known)
    for work in works:
        if work.unknown is not None:
            work.people = _people_of(batch.broadcast_id, work)
    return works


def _waiting(batch: BroadcastBatch, after: int, most: int) -> Sequence[Any]:
    # None where the key was never used. By the database's clock, as workers' clocks may differ.
    age = (database_now() - Chunk.key_used_at).label("age")
    columns = (Chunk.number, Chunk.first, Chunk.last, Chunk.retry_key, age)
    query = select(*columns).where(Chunk.broadcast_id == batch.broadcast_id, Chunk.state == ChunkState.WAITING)
    if batch.deal is not None and batch.winner is None:
        query = query.where(Chunk.first <= batch.deal.tested)
    if batch.spread is not None:
        query = query.where(or_(*(Chunk.first.between(*turn) for turn in batch.spread.turns_at(now()))))
    return db.session.execute(query.where(Chunk.number > after).order_by(Chunk.number).limit(most)).all()


def _work(row: Any) -> ChunkWork:
    work = ChunkWork(row.number, row.first, row.last, 0, row.retry_key, row.age or timedelta())
    if not -CLOCKS_DIFFER <= work.key_age < KEY_LIFE:
        work.unknown = KEY_EXPIRED
    return work


def _store_use(broadcast_id: int, works: Sequence[ChunkWork]) -> None:
    mine = Chunk.broadcast_id == broadcast_id, Chunk.number.in_([work.number for work in works])
    unused = update(Chunk).where(*mine, Chunk.key_used_at.is_(None)).values(key_used_at=database_now())
    db.session.execute(unused.execution_options(synchronize_session=False))


def _open_people(broadcast_id: int, works: Sequence[ChunkWork]) -> tuple[Any, ...]:
    return (
        Recipient.broadcast_id == broadcast_id,
        or_(*(Recipient.position.between(*stretch) for stretch in _stretches(works))),
        Recipient.chunk.in_([work.number for work in works]),
        Recipient.state.is_(None),
    )


def _stretches(works: Iterable[ChunkWork]) -> list[tuple[int, int]]:
    """Return first and last of the positions of these chunks, those that follow each other as one stretch."""
    found: list[tuple[int, int]] = []
    for work in sorted(works, key=lambda work: work.first):
        if found and work.first == found[-1][1] + 1:
            found[-1] = (found[-1][0], work.last)
        else:
            found.append((work.first, work.last))
    return found


def _people_of(broadcast_id: int, work: ChunkWork) -> int:
    query = select(func.count()).select_from(Recipient).where(*_open_people(broadcast_id, [work]))
    return int(db.session.scalar(query) or 0)


def _make_calls(batch: BroadcastBatch, works: Sequence[ChunkWork], known: set[int]) -> None:
    by_number = {work.number: work for work in works}
    if batch.way == Way.MULTICAST:
        _make_multicasts(batch, by_number, known)
    else:
        _make_pushes(batch, by_number, known)


def _make_multicasts(batch: BroadcastBatch, works: dict[int, ChunkWork], known: set[int]) -> None:
    # An id holds nothing that JSON would have to escape.
    ids = func.string_agg(Recipient.line_user_id, aggregate_order_by(literal('","'), Recipient.position)).label("ids")
    query = select(Recipient.chunk, ids, func.count().label("people"))
    people = query.where(*_open_people(batch.broadcast_id, list(works.values()))).group_by(Recipient.chunk)
    for row in db.session.execute(people):
        work = works[row.chunk]
        work.people = row.people
        raw = body(f'["{row.ids}"]', batch.set_at(work.first).messages, batch.unit)
        send = Send("multicast", {}, RetryKey.of_age(work.retry_key, work.key_age), raw)
        work.waiting.add(Call(work, send, None, row.chunk in known))


def _make_pushes(batch: BroadcastBatch, works: dict[int, ChunkWork], known: set[int]) -> None:
    columns = (Recipient.chunk, Recipient.position, Recipient.friend_id, Recipient.line_user_id)
    query = select(*columns).where(*_open_people(batch.broadcast_id, list(works.values())))
    found = db.session.execute(query.order_by(Recipient.chunk, Recipient.position)).all()
    texts = _personal_texts(batch, found)
    for number, rows in groupby(found, key=lambda row: int(row.chunk)):
        for row in rows:
            _add_push(batch, works[number], row, texts.get(row.friend_id), number in known)


def _personal_texts(batch: BroadcastBatch, people: Sequence[Any]) -> dict[int, str]:
    """Return the messages as JSON by friend, each of the set that they get."""
    friends: dict[ReadySet, list[int]] = {}
    for row in people:
        friends.setdefault(batch.set_at(row.position), []).append(row.friend_id)
    return {one: text for ready, ids in friends.items() for one, text in ready.rendering.personal(ids).items()}


def _add_push(batch: BroadcastBatch, work: ChunkWork, row: Any, text: str | None, is_doubtful: bool) -> None:
    work.people += 1
    if text is None:
        work.refused[row.position] = TOO_LONG
        return
    key = RetryKey.of_age(personal_key(work.retry_key, row.friend_id), work.key_age)
    send = Send("push", {}, key, body(f'"{row.line_user_id}"', text, batch.unit))
    work.waiting.add(Call(work, send, row.position, is_doubtful))


def personal_key(chunk_key: UUID, friend_id: int) -> UUID:
    """Return the retry key of one person's push: always the same for the chunk and the friend."""
    return uuid5(chunk_key, str(friend_id))
