"""A/B tests of broadcasts: who takes part, which message set a person gets, and how the winner is found.

A person's half follows from their position, which the freezing stores: first come those with A, then those with B,
then the rest, who wait for the winner. Both halves are sent to side by side, since their chunks are numbered by turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from sqlalchemy import ColumnElement, func, select

from app.core.clock import database_now
from app.core.db import db
from app.messages.broadcasts.models import Broadcast, BroadcastChunk, ChunkState, Variant
from app.messages.tracking.queries import count_clickers

Number = TypeVar("Number", int, ColumnElement[int])
TWO_WHOLES = 200


def half_of(people: Number, share: int) -> Number:
    """Return how many people get A, and as many B as there are left, if `share` percent take part; rounded up."""
    return (people * share + TWO_WHOLES - 1) // TWO_WHOLES


@dataclass(frozen=True)
class Deal:
    """The people of a frozen test: positions 1 to `a` get A, the next `b` get B, the others of `people` the winner."""

    a: int
    b: int
    people: int

    @classmethod
    def of_people(cls, people: int, share: int) -> Deal:
        """Return how so many people are dealt out."""
        a = min(people, half_of(people, share))
        return cls(a, min(a, people - a), people)

    @classmethod
    def of(cls, broadcast: Broadcast) -> Deal | None:
        """Return the deal of a frozen broadcast; None for one without a test."""
        frozen = broadcast.frozen or {}
        test = frozen.get("test")
        return cls(test["a"], test["b"], frozen["reachable"]) if test else None

    @property
    def rest(self) -> int:
        """Return how many people wait for the winner."""
        return self.people - self.tested

    @property
    def tested(self) -> int:
        """Return the last position that takes part in the test."""
        return self.a + self.b

    @property
    def has_rest(self) -> bool:
        """Return whether people wait for the winner."""
        return self.tested < self.people

    @property
    def halves(self) -> list[tuple[int, int]]:
        """Return first and last position of each half that holds people."""
        return [(1, self.a), *([(self.a + 1, self.tested)] if self.b else [])]

    def variant_of(self, position: int, winner: Variant | None) -> Variant:
        """Return which set the person at the position gets; those of the rest get A as long as no winner is known."""
        if position > self.tested:
            return winner or Variant.A
        return Variant.A if position <= self.a else Variant.B


def waits_for_winner(broadcast: Broadcast) -> bool:
    """Return whether people of a frozen broadcast cannot be sent to before a winner is known."""
    deal = Deal.of(broadcast)
    return deal is not None and deal.has_rest and broadcast.winner is None


def winner_due_at(broadcast: Broadcast) -> datetime | None:
    """Return when the winner is picked; None while people of the test have not been sent to."""
    deal = Deal.of(broadcast)
    if deal is None:
        return None
    tested = BroadcastChunk.broadcast_id == broadcast.id, BroadcastChunk.first <= deal.tested
    waiting = func.count().filter(BroadcastChunk.state == ChunkState.WAITING)
    count, last = db.session.execute(select(waiting, func.max(BroadcastChunk.settled_at)).where(*tested)).one()
    return None if count or last is None else last + timedelta(hours=broadcast.winner_after_hours or 0)


def pick_winner(broadcast: Broadcast) -> bool:
    """Set the winner if its time has come, on the row that the caller holds; returns whether it did."""
    deal = Deal.of(broadcast)
    due_at = winner_due_at(broadcast) if waits_for_winner(broadcast) else None
    # By the database's clock, since workers' clocks may differ.
    if deal is None or due_at is None or due_at > db.session.execute(select(database_now())).scalar_one():
        return False
    clickers = clickers_of(broadcast)
    broadcast.winner, broadcast.winner_at = leader(deal, clickers), due_at
    frozen = broadcast.frozen or {}
    broadcast.frozen = {
        **frozen,
        "test": {**frozen["test"], "clicked": {one.value: people for one, people in clickers.items()}},
    }
    return True


def leader(deal: Deal, clickers: dict[Variant, int]) -> Variant:
    """Return the set on which the greater share of its half has clicked; A where it is the same."""
    is_b = deal.b and clickers[Variant.B] * deal.a > clickers[Variant.A] * deal.b
    return Variant.B if is_b else Variant.A


def clickers_of(broadcast: Broadcast) -> dict[Variant, int]:
    """Count the people who clicked by set; people who cannot be told apart otherwise by their browsers."""
    sends = {Variant.A: broadcast.tracked_send_id, Variant.B: broadcast.tracked_send_b_id}
    found = count_clickers([send_id for send_id in sends.values() if send_id is not None])
    return {variant: found.get(send_id or 0, 0) for variant, send_id in sends.items()}


@dataclass(frozen=True)
class Standing:
    """How a test stands, or stood when the winner was picked by its clicks.

    `clicked` are people of each half who have clicked; None where a member chose the winner, or there is none to find.
    `chosen_by` is the id of that member.
    """

    deal: Deal
    winner: Variant | None
    clicked: dict[Variant, int] | None
    chosen_by: int | None = None

    @classmethod
    def of(cls, broadcast: Broadcast, *, counts: bool = True) -> Standing | None:
        """Return the standing of a frozen test; None for a broadcast without one.

        Without `counts` clicks are not counted that have not chosen a winner yet.
        """
        deal = Deal.of(broadcast)
        if deal is None:
            return None
        winner = Variant(broadcast.winner) if broadcast.winner else None
        if winner is None:
            return cls(deal, None, clickers_of(broadcast) if deal.has_rest and counts else None)
        test = (broadcast.frozen or {})["test"]
        stored = test.get("clicked")
        clicked = {Variant(name): people for name, people in stored.items()} if stored else None
        return cls(deal, winner, clicked, test.get("chosen_by"))

    @property
    def leader(self) -> Variant | None:
        """Return the set that has won by clicks or would win now."""
        return leader(self.deal, self.clicked) if self.clicked is not None else None

    @property
    def is_tie(self) -> bool:
        """Return whether the same share of both halves has clicked."""
        clicked = self.clicked or {}
        return clicked.get(Variant.A, 0) * self.deal.b == clicked.get(Variant.B, 0) * self.deal.a

    def share(self, variant: str) -> float | None:
        """Return the part of its half that has clicked on a set."""
        size = self.deal.a if variant == Variant.A else self.deal.b
        return self.clicked[Variant(variant)] / size if self.clicked is not None and size else None
