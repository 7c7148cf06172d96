"""What js/controllers/chart.js draws of a broadcast: images loaded and clicks, hour by hour from the start."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from app.core.i18n import _, count

Hour = Sequence[int]
# So that a broadcast of which little happened yet is not one bar as wide as the chart.
LEAST_HOURS = 12


def kinds_in(hours: Iterable[Hour]) -> list[int]:
    """Return the places of the numbers of an hour, [images loaded, clicks], that are not zero in all of these hours."""
    known = list(hours)
    return [place for place in range(2) if any(hour[place] for hour in known)]


def hours_chart(hours: Sequence[Hour], kinds: Collection[int], length: int = 0) -> dict[str, Any]:
    """Return the chart of these kinds of numbers, filled with empty hours up to a length, at least LEAST_HOURS."""
    names = (_("Images loaded"), _("Clicks"))
    filled = [*hours, *([0, 0] for _hour in range(max(length, LEAST_HOURS) - len(hours)))]
    return {
        "at": [hour_span(number) for number in range(len(filled))],
        "title": _("Hours from the start"),
        "series": [
            {"label": names[kind], "values": [hour[kind] for hour in filled], "colour": kind} for kind in sorted(kinds)
        ],
    }


def hour_span(number: int) -> str:
    """Return from when to when an hour lasts, counted from the start; the first is number 0."""
    return f"{count(number)}–{count(number + 1)}"
