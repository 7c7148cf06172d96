"""The lines between the columns in which a flow is drawn.

All columns are equally wide, so that places follow from the numbers of columns. The drawings are stretched to the width
of what they connect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.workflows.definition.flow import Entrance, Flow, FlowStep

COLUMN, HEIGHT, BEND = 264, 28, 10


@dataclass(frozen=True)
class Lines:
    """A drawing of connectors: its width, and the paths of lines in it."""

    width: int
    paths: tuple[str, ...]
    height: int = HEIGHT


def parting(widths: Sequence[int]) -> Lines:
    """Return the lines from the middle above columns of these widths down to the middle of each."""
    total = sum(widths) * COLUMN
    return Lines(total, tuple(_bent(total / 2, place) for place in _middles(widths)))


def meeting(columns: Sequence[tuple[int, bool]]) -> Lines:
    """Return the lines from those columns, of a width each, that meet down to the middle below all of them."""
    total = sum(width for width, _meets in columns) * COLUMN
    places = zip(columns, _middles([width for width, _meets in columns]), strict=True)
    return Lines(total, tuple(_bent(place, total / 2) for (_width, meets), place in places if meets))


def of_step(step: FlowStep) -> tuple[Lines, Lines | None]:
    """Return the lines above the branches of a step and those below them, if they meet."""
    below = meeting([(one.width, one.meets) for one in step.branches]) if step.meets else None
    return parting([one.width for one in step.branches]), below


def of_triggers(entrance: Entrance) -> Lines:
    """Return the lines from triggers side by side down to the step to which all of them lead."""
    total = entrance.width * COLUMN
    return Lines(total, tuple(_bent(place, total / 2) for place in _triggers(entrance)))


def of_start(flow: Flow) -> Lines:
    """Return the lines from the Start node down to each trigger."""
    total, left, paths = sum(one.width for one in flow.entrances) * COLUMN, 0.0, []
    for entrance in flow.entrances:
        paths += [_bent(total / 2, left + place) for place in _triggers(entrance)]
        left += entrance.width * COLUMN
    return Lines(total, tuple(paths))


def below_entrances(flow: Flow) -> Lines:
    """Return the lines from the entrances that meet down to the step with which they go on."""
    return meeting([(one.width, one.branch.meets) for one in flow.entrances])


def _triggers(entrance: Entrance) -> list[float]:
    """Return the middles of its triggers, which stand in the middle of the columns below them."""
    margin = (entrance.width - len(entrance.triggers)) * COLUMN / 2
    return [margin + place for place in _middles([1] * len(entrance.triggers))]


def _middles(widths: Sequence[int]) -> Iterator[float]:
    for width, end in zip(widths, accumulate(widths), strict=True):
        yield (end - width / 2) * COLUMN


def _bent(above: float, below: float) -> str:
    """Return a line from a place at the upper edge to one at the lower edge, with round corners."""
    if above == below:
        return f"M{above:g} 0V{HEIGHT}"
    middle, turn = HEIGHT / 2, BEND if below > above else -BEND
    first = f"M{above:g} 0V{middle - BEND:g}Q{above:g} {middle:g} {above + turn:g} {middle:g}"
    return f"{first}H{below - turn:g}Q{below:g} {middle:g} {below:g} {middle + BEND:g}V{HEIGHT}"
