"""The search index of one type in one portal: its own copy, which learns of writes after a while."""

from __future__ import annotations

import heapq
import random
from bisect import insort
from typing import NamedTuple

from sandbox.clock import Clock
from sandbox.hubspot.state import Portal, Record

ANSWERS_KEPT = 8


class Pending(NamedTuple):
    """A write that the index has not learned of yet; without values the record leaves the index."""

    due: float
    version: int
    number: int
    values: dict[str, str] | None


class SearchIndex:
    """Values as searches see them; records that are not in here are computed or unknown."""

    def __init__(self, portal: Portal, clock: Clock, seed: int) -> None:
        self.portal = portal
        self.clock = clock
        self.known: dict[int, dict[str, str] | None] = {}
        self.ids: list[int] = []
        # Grows with every change, so that an answer can be kept until then.
        self.generation = 0
        # The ids that met the newest searches, until something changes.
        self.answered: dict[str, list[int]] = {}
        self._pending: list[Pending] = []
        self._versions: dict[int, int] = {}
        self._made = 0
        self._dice = random.Random(f"index:{seed}:{portal.portal_id}")

    def write(self, record: Record) -> None:
        """Learn of a record later; out of order, one written earlier may be seen later."""
        switches = self.portal.switches
        delay = switches.index_seconds * (self._dice.random() if switches.index_out_of_order else 1.0)
        self._made += 1
        values = dict(record.properties) if record.is_live else None
        heapq.heappush(self._pending, Pending(self.clock.now() + delay, self._made, record.id, values))

    def catch_up(self) -> None:
        """Learn of all writes whose time has come; an older write never replaces a newer one."""
        now = self.clock.now()
        while self._pending and self._pending[0].due <= now:
            write = heapq.heappop(self._pending)
            if write.version < self._versions.get(write.number, 0):
                continue
            self._versions[write.number] = write.version
            self._learn(write.number, write.values)

    def _learn(self, number: int, values: dict[str, str] | None) -> None:
        if number not in self.known:
            insort(self.ids, number)
        self.known[number] = values
        self.generation += 1
        self.answered.clear()

    def keep_answer(self, key: str, ids: list[int]) -> None:
        """Keep the ids that met a search; the oldest answer goes."""
        if len(self.answered) >= ANSWERS_KEPT:
            del self.answered[next(iter(self.answered))]
        self.answered[key] = ids

    def fill(self, records: list[Record]) -> None:
        """Take up records at once, as after a start."""
        for record in records:
            self._learn(record.id, dict(record.properties) if record.is_live else None)
