"""Broadcasts side by side: their figures line by line, with the best rate of each line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.i18n import Text, _l
from app.messages.broadcasts.list_rows import BroadcastLine
from app.messages.broadcasts.models import KeptFigures

LEAST, MOST = 2, 10
Best = Callable[..., float]


@dataclass(frozen=True)
class Measure:
    """A figure with its rate; `best` says which of several rates is the best one, None: none is better.

    `is_people` says that it counts people, who can be looked at.
    """

    name: str
    label: Text
    rate: str = ""
    best: Best | None = None
    is_people: bool = True


MEASURES = (
    Measure("sent", _l("Sent")),
    Measure("delivered", _l("Delivered"), "delivery_rate", max),
    Measure("opened", _l("Opened"), "open_rate", max),
    Measure("clicked", _l("Clicked"), "click_rate", max),
    Measure("clicks", _l("Clicks"), is_people=False),
    Measure("replied", _l("Replied"), "reply_rate", max),
    Measure("blocked", _l("Blocked"), "block_rate", min),
)


@dataclass(frozen=True)
class Cell:
    """A figure of a broadcast; None where it is not known."""

    number: int | None = None
    rate: float | None = None
    is_best: bool = False


@dataclass(frozen=True)
class ComparedLine:
    """One measure of all broadcasts, in their order."""

    measure: Measure
    cells: list[Cell]


def compared(lines: Sequence[BroadcastLine]) -> list[ComparedLine]:
    """Return the figures of these broadcasts, measure by measure."""
    return [ComparedLine(measure, _cells(measure, [line.figures for line in lines])) for measure in MEASURES]


def _cells(measure: Measure, figures: Sequence[KeptFigures | None]) -> list[Cell]:
    numbers = [getattr(one, measure.name) if one else None for one in figures]
    rates = [getattr(one, measure.rate) if one and measure.rate else None for one in figures]
    best = _best(measure, rates)
    return [Cell(number, rate, rate is not None and rate == best) for number, rate in zip(numbers, rates, strict=True)]


def _best(measure: Measure, rates: Sequence[float | None]) -> float | None:
    """Return the best rate; None where there is nothing to choose from."""
    known = {rate for rate in rates if rate is not None}
    return measure.best(known) if measure.best is not None and len(known) > 1 else None
