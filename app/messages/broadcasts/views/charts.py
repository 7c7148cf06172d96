"""What js/controllers/chart.js draws of a broadcast: images loaded and clicks, hour by hour from the start."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from app.core.i18n import _, count

Hour = Sequence[int]


def kinds_in(hours: Iterable[Hour]) -> list[int]:
    """Return the places of the numbers of an hour, [images loaded, clicks], that are not zero in all of these hours."""
    known = list(hours)
    return [place for place in range(2) if any(hour[place] for hour in known)]


def hours_chart(hours: Sequence[Hour], kinds: Collection[int], length: int = 0) -> dict[str, Any]:
    """Return the chart of these kinds of numbers, filled with empty hours up to a length."""
    names = (_("Images loaded"), _("Clicks"))
    filled = [*hours, *([0, 0] for _hour in range(length - len(hours)))]
    return {
        "at": [count(number) for number in range(1, len(filled) + 1)],
        "title": _("Hours from the start"),
        "series": [
            {"label": names[kind], "values": [hour[kind] for hour in filled], "colour": kind} for kind in sorted(kinds)
        ],
    }
