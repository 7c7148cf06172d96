"""Bring stored sends to LINE, hundreds at once: by reply while a token is young enough, else by push with a retry key.

What LINE cannot take now waits as a due row and is tried again with the same key. A reply is made once: when its answer
is missing, or the worker died during it, the send is unknown and neither repeated nor pushed. Sends of one chat go one
after the other, in the order in which they were stored.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from datetime import timedelta
from time import monotonic

from sqlalchemy import ARRAY, BigInteger, any_, literal

from app.core import queue, shutdown
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim, claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.queue import Queue
from app.line.gateway.postings import Posting, Postings
from app.messages.sending.models import MessageSend
from app.messages.sending.operations.settling import Tried, settle
from app.messages.sending.ways import Try, choose

# So many requests are under way at once; the others of a batch begin as these end.
IN_HAND = 250
# For how long outcomes are gathered before they are stored together.
GATHER_SECONDS = 0.1
# After so long a batch begins nothing more, so that its lease does not end before it does.
BATCH_SECONDS = 60.0

SENDS = register(
    DueKind(
        "messages.sends",
        MessageSend,
        wake=lambda: queue.wake("messages.sending.deliver", queue=Queue.SENDING),
        columns=(MessageSend.account_id, MessageSend.chat_id),
        # `settling` ends a send after TRIES, so that its messages are told as well.
        backoff=Backoff(first=timedelta(seconds=5), longest=timedelta(hours=1), most=1_000_000),
        batch=500,
        longest_wait=timedelta(hours=1),
    )
)


def deliver_due() -> int:
    """Deliver the sends that are due; returns how many were tried."""
    return process(SENDS, _deliver, again=SENDS.wake)


def deliver_many(send_ids: Collection[int]) -> None:
    """Deliver stored sends, except those that a worker is at; commits, and waits for LINE.

    What LINE cannot take now, and what is left when this process shall end, is brought by a worker.
    """
    ids = sorted(send_ids)
    for begin in range(0, len(ids), SENDS.batch):
        if shutdown.is_requested():
            return
        part = ids[begin : begin + SENDS.batch]
        claimed = claim(SENDS, len(part), MessageSend.id == any_(literal(part, ARRAY(BigInteger))))
        if claimed:
            _deliver(claimed)
            db.session.commit()


def deliver_now(send_id: int) -> None:
    """Deliver one stored send, as `deliver_many` does."""
    deliver_many([send_id])


def _deliver(claimed: Claim) -> None:
    _Delivery(claimed).run()


class _Delivery:
    """The sends of one claim: those that can begin, and behind each the later ones of its chat."""

    def __init__(self, claimed: Claim) -> None:
        self._claimed = claimed
        self._chats: dict[tuple[int, str], deque[int]] = {}
        self._chat_of: dict[int, tuple[int, str]] = {}
        for row in sorted(claimed.rows, key=lambda row: int(row.id)):
            self._chat_of[row.id] = (row.account_id, row.chat_id)
            self._chats.setdefault(self._chat_of[row.id], deque()).append(row.id)
        self._ready = deque(chat.popleft() for chat in self._chats.values())
        self._until = monotonic() + BATCH_SECONDS

    def run(self) -> None:
        """Begin sends and store what became of them until all are over or put off."""
        came: list[Tried] = []
        with Postings[Try]() as under_way:
            while came or self._ready or under_way:
                self._settle(came)
                tries = self._begin(IN_HAND - len(under_way))
                db.session.commit()
                under_way.start([_posting(one) for one in tries])
                has_room = self._ready and len(under_way) < IN_HAND
                came = under_way.take(GATHER_SECONDS) if under_way and not has_room else []

    def _settle(self, tried: Sequence[Tried]) -> None:
        again = settle(self._claimed, tried)
        self._ready.extendleft(again)
        for one in {one.id for one, _outcome in tried} - set(again):
            self._go_on_after(one)

    def _go_on_after(self, send_id: int) -> None:
        behind = self._chats[self._chat_of[send_id]]
        if behind:
            self._ready.append(behind.popleft())

    def _begin(self, most: int) -> list[Try]:
        """Choose the way of sends that can begin; what ends without a try makes room for the next of its chat."""
        if shutdown.is_requested() or monotonic() > self._until:
            self._leave()
        ids = [self._ready.popleft() for _ in range(min(most, len(self._ready)))]
        if not ids:
            return []
        chosen = choose(self._claimed, ids)
        self._settle(chosen.ended)
        self._claimed.later_each(chosen.waits)
        known = {one.id for one in chosen.tries} | {one.id for one, _outcome in chosen.ended}
        # Put off, or another worker's by now.
        for one in [one for one in ids if one not in known]:
            self._go_on_after(one)
        return chosen.tries

    def _leave(self) -> None:
        """Let other workers have what has not begun."""
        left = [*self._ready, *(one for chat in self._chats.values() for one in chat)]
        self._ready.clear()
        for chat in self._chats.values():
            chat.clear()
        self._claimed.later(left, counts=False)


def _posting(one: Try) -> Posting[Try]:
    if one.request is None:
        raise ValueError("nothing is sent for this send")
    return Posting(one, one.row.account_id, one.request, one.lane)
