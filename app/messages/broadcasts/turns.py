"""The transactions of a worker that sends a broadcast: each writes down outcomes and takes the next chunks in hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.core.runs.lease import Lease
from app.messages.broadcasts.ledger import count_people
from app.messages.broadcasts.loading import BroadcastBatch, load
from app.messages.broadcasts.marks import advance_mark, marks
from app.messages.broadcasts.models import Broadcast, BroadcastState, RecipientState
from app.messages.broadcasts.recording import record
from app.messages.broadcasts.work import ChunkWork
from app.messages.tracking.operations.sends import accepted


@dataclass(frozen=True)
class LedgerTurn:
    """`works` may be sent now; `is_sending` is whether the broadcast is still to be sent."""

    works: list[ChunkWork]
    is_sending: bool


class LedgerTurns:
    """Transactions on one broadcast, one after the other; each counts only while the worker's lease holds."""

    def __init__(self, lease: Lease, batch: BroadcastBatch) -> None:
        self.lease, self.batch = lease, batch
        self.counts = count_people(batch.broadcast_id)
        self._after = -1
        self._has_accepted = False
        db.session.rollback()

    def take(self, done: Sequence[ChunkWork], most: int) -> LedgerTurn:
        """Store the outcomes of `done` and load up to `most` chunks; commits. Raises LeaseLost."""
        is_sending = self._record(done)
        works = load(self.batch, self._after, most) if is_sending and most else []
        mark = advance_mark() if works else None
        people = sum(len(work.sent) if work.waiting else work.people for work in done)
        self.lease.save(done=people)
        db.session.commit()
        if mark is not None:
            self._after = works[-1].number
            marks.publish(*mark)
        return LedgerTurn(works, is_sending)

    def _record(self, done: Sequence[ChunkWork]) -> bool:
        """Return whether the broadcast is still being sent."""
        mine = Broadcast.id == self.batch.broadcast_id
        if not done:
            return db.session.scalar(select(Broadcast.state).where(mine)) == BroadcastState.SENDING
        for kind, people in record(self.batch.broadcast_id, done).items():
            self.counts[kind] += people
        self._note_accepted()
        changed = update(Broadcast).where(mine).values(counts=dict(self.counts)).returning(Broadcast.state)
        state = db.session.scalar(changed.execution_options(synchronize_session=False))
        return state == BroadcastState.SENDING

    def _note_accepted(self) -> None:
        """Note when LINE took the first message; what is fetched before does not count."""
        if self._has_accepted or not self.counts[RecipientState.SENT]:
            return
        for ready in self.batch.sets.values():
            if ready.rendering.send_id is not None:
                accepted(ready.rendering.send_id, now())
        self._has_accepted = True
