"""The number of friends of a segment as a line over the days, drawn on the server."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.segments.models import SegmentCount

WIDTH, HEIGHT = 320, 96
# Room for the width of the line and its last point.
EDGE = 4


@dataclass(frozen=True)
class CountChart:
    """A line through the numbers of these days, the oldest first, between the lowest and the highest.

    `changes` say where other conditions were counted than on the day before.
    """

    rows: Sequence[SegmentCount]
    low: int
    high: int
    points: Sequence[tuple[float, float]]
    changes: Sequence[float]

    @property
    def line(self) -> str:
        """Return the points as SVG writes them."""
        return " ".join(f"{x:g},{y:g}" for x, y in self.points)

    @property
    def area(self) -> str:
        """Return the same with what lies below the line."""
        return f"{self.points[0][0]:g},{HEIGHT} {self.line} {self.points[-1][0]:g},{HEIGHT}"

    @property
    def difference(self) -> int:
        """Return how many friends more there are than at the beginning."""
        return self.rows[-1].friends - self.rows[0].friends


def chart_of(rows: Sequence[SegmentCount]) -> CountChart | None:
    """Return the line; None for less than two days."""
    if len(rows) < 2:
        return None
    numbers = [row.friends for row in rows]
    low, high = min(numbers), max(numbers)
    first, days = rows[0].day, (rows[-1].day - rows[0].day).days

    def across(row: SegmentCount) -> float:
        return round(EDGE + (row.day - first).days / days * (WIDTH - 2 * EDGE), 1)

    def up(row: SegmentCount) -> float:
        # A line that does not move runs through the middle.
        share = (row.friends - low) / (high - low) if high > low else 0.5
        return round(HEIGHT - EDGE - share * (HEIGHT - 2 * EDGE), 1)

    changes = [across(after) for before, after in pairwise(rows) if after.version != before.version]
    return CountChart(rows, low, high, [(across(row), up(row)) for row in rows], changes)
