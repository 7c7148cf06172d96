"""Estimate how many friends fit, from a sample of a few thousand, with the margin of error.

Each round cuts the account's ids into equal strata and reads one window of ids in each. A window's place in its stratum
follows from the stratum's number alone, so that the same question has the same answer. Windows have a fixed width in
ids: what is seen in them, times all ids by ids seen, estimates the total without bias, whatever gaps there are.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import BigInteger, Select, cast, column, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.db import db
from app.core.db.explain import plan_of
from app.core.db.time_budget import Budget, OutOfTime
from app.friends.queries.filter_sql import FRIENDS
from app.segments.conditions.compiler import Compiled
from app.segments.queries.counting import all_numbers, conditions_by_key, fitting, holding

# Accounts with fewer friends are counted as fast as they are sampled.
FEW = 50_000
WINDOWS = 128
FIRST_ROWS, MOST_ROWS = 1_500, 24_000
# Of the time that is left, what a second round is planned to take.
SHARE = 0.6
# 95 of 100 true numbers lie within so many standard errors.
CONFIDENCE = 1.96
# When none of n is seen, it is at most 3 in n with the same confidence.
NONE_SEEN = 3
# Of any two numbers these multiples lie as far apart as can be, modulo 1.
GOLDEN = (math.sqrt(5) - 1) / 2


@dataclass(frozen=True)
class Amount:
    """A number of friends; exact where `margin` is 0, else the true one is nearly always within the margin."""

    number: int
    margin: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether it was counted."""
        return not self.margin

    @property
    def shown(self) -> int:
        """The number in as many digits as the margin leaves certain, and never more than three."""
        if self.is_exact or not self.number:
            return self.number
        step = int(10 ** max(len(str(self.margin)) - 1, len(str(self.number)) - 3))
        return max(step, round(self.number / step) * step)

    @property
    def margin_shown(self) -> int:
        """The margin in two digits, rounded up."""
        step = int(10 ** max(0, len(str(self.margin)) - 2))
        return math.ceil(self.margin / step) * step


@dataclass(frozen=True)
class Sample:
    """`members` are those who fit, follow, and have blocked; `alone` stand by condition key; `some` are ids who fit.

    `seconds` is what looking at as many friends as the account has would take at the sample's speed.
    """

    members: Sequence[Amount]
    alone: dict[str, Amount]
    some: Sequence[int]
    seconds: float


@dataclass(frozen=True)
class _Round:
    """What the windows of one round hold: for each window its rows, then the number for each filter."""

    counts: Sequence[Sequence[int]]
    width: int
    some: Sequence[int]
    seconds: float

    @property
    def rows(self) -> int:
        return sum(window[0] for window in self.counts)


def estimate(compiled: Compiled, budget: Budget) -> Sample | None:
    """Estimate within the time; None for accounts that need no estimate, or when nothing was seen in time.

    Raises Superseded.
    """
    try:
        bounds = budget.ask(lambda: _bounds(compiled))
        if bounds is None:
            return None
        first, last, expected = bounds
        width = _width(FIRST_ROWS, (last - first + 1) / expected)
        rounds = [budget.ask(lambda: _read(compiled, first, last, width, 0))]
    except OutOfTime:
        return None
    if (more := _second_width(rounds[0], budget.left, last - first + 1)) > width:
        with suppress(OutOfTime):
            rounds.append(budget.ask(lambda: _read(compiled, first, last, more, WINDOWS)))
    return _conclude(compiled, rounds, last - first + 1)


def _bounds(compiled: Compiled) -> tuple[int, int, float] | None:
    """The account's first and last friend id and how many friends PostgreSQL expects; None when these are few."""
    mine = select(FRIENDS.c.id).where(compiled.mine)
    expected = plan_of(mine).rows
    if expected < FEW:
        return None
    edges = select(func.min(FRIENDS.c.id), func.max(FRIENDS.c.id)).where(compiled.mine)
    first, last = db.session.execute(edges).one()
    return None if first is None else (first, last, expected)


def _width(rows: float, ids_per_row: float) -> int:
    return max(1, math.ceil(rows / WINDOWS * ids_per_row))


def _second_width(seen: _Round, left: float, ids: int) -> int:
    """How wide windows may be so that they are read in the time that is left; 0 when nothing was seen."""
    if not seen.rows:
        return 0
    rows = min(MOST_ROWS, seen.rows * left * SHARE / seen.seconds)
    return _width(rows, WINDOWS * seen.width / seen.rows) if rows < ids else 0


def _read(compiled: Compiled, first: int, last: int, width: int, phase: int) -> _Round:
    begin = time.perf_counter()
    rows = db.session.execute(_query(compiled, _starts(first, last, width, phase), width)).all()
    counts = {row.number: [row.rows, *row[3:]] for row in rows}
    nothing = [0] * (len(conditions_by_key(compiled)) + 4)
    some = [row.some for row in rows if row.some is not None]
    every = [counts.get(number, nothing) for number in range(1, WINDOWS + 1)]
    return _Round(every, width, some, time.perf_counter() - begin)


def _starts(first: int, last: int, width: int, phase: int) -> list[int]:
    """Where the windows begin: one in each stratum, nowhere at equal distances."""
    stratum = (last - first + 1) / WINDOWS
    room = max(0.0, stratum - width)
    return [first + int(number * stratum + ((number + 1 + phase) * GOLDEN) % 1 * room) for number in range(WINDOWS)]


def _query(compiled: Compiled, starts: Sequence[int], width: int) -> Select[Any]:
    """For each window in which there are friends its number, its rows, the last who fits, and the numbers."""
    probing = compiled.probing()
    given = func.unnest(cast(literal(list(starts), ARRAY(BigInteger)), ARRAY(BigInteger)))
    windows = given.table_valued(column("first", BigInteger), with_ordinality="number").render_derived(name="windows")
    within = (compiled.mine, FRIENDS.c.id >= windows.c.first, FRIENDS.c.id < windows.c.first + width)
    # OFFSET keeps each condition from being looked at once for every number that it is part of.
    held = holding(probing).add_columns(FRIENDS.c.id).where(*within).offset(0).lateral("held")
    some = func.max(held.c.id).filter(fitting(probing, held)).label("some")
    numbers = (number.label(f"number_{at}") for at, number in enumerate(all_numbers(probing, held)))
    seen = select(windows.c.number, func.count().label("rows"), some, *numbers)
    return seen.select_from(windows.join(held, literal(True))).group_by(windows.c.number)


def _conclude(compiled: Compiled, rounds: Sequence[_Round], ids: int) -> Sample:
    keys = list(conditions_by_key(compiled))
    scale = ids / sum(WINDOWS * one.width for one in rounds)
    rows = sum(one.rows for one in rounds)
    every = ([[window[at] for window in one.counts] for one in rounds] for at in range(1, len(keys) + 4))
    amounts = [_amount(windows, rows, scale) for windows in every]
    some = sorted({friend_id for one in rounds for friend_id in one.some}, reverse=True)
    seconds = sum(one.seconds for one in rounds) * scale
    return Sample(amounts[:3], dict(zip(keys, amounts[3:], strict=True)), some, seconds)


def _amount(rounds: Sequence[Sequence[int]], rows: int, scale: float) -> Amount:
    """The estimate of one number, never surer than of friends who were drawn one by one."""
    seen = sum(map(sum, rounds))
    if not seen:
        return Amount(0, math.ceil(NONE_SEEN * scale))
    variance = max(sum(map(_variance, rounds)), seen * (1 - seen / rows))
    return Amount(round(seen * scale), max(1, math.ceil(CONFIDENCE * scale * math.sqrt(variance))))


def _variance(windows: Sequence[int]) -> float:
    """Variance of the sum, from differences of neighbours: windows far apart may differ since times changed."""
    steps = sum((one - other) ** 2 for one, other in pairwise(windows))
    return len(windows) * steps / (2 * max(1, len(windows) - 1))
