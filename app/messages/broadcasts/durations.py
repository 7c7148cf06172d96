"""How long sending takes at the rates that LINE allows."""

from __future__ import annotations

import math
from dataclasses import dataclass

from app.core.i18n import Text, _, count, ngettext
from app.line.gateway.sends import MAX_RECIPIENTS

# What LINE takes of each in a second.
PUSHES, MULTICASTS = 2_000, 200


@dataclass(frozen=True)
class Durations:
    """Seconds that a number of people takes, by push and by multicast."""

    push: int
    multicast: int


def durations_of(people: int) -> Durations:
    """Return how long so many people take when nothing else is sent; at least a second."""
    calls = math.ceil(people / MAX_RECIPIENTS)
    return Durations(max(1, math.ceil(people / PUSHES)), max(1, math.ceil(calls / MULTICASTS)))


def pace_words(rate: float) -> Text:
    """Return people a second in words, by the minute or the hour where they are few."""
    if rate >= 1:
        return _("%(count)s per second", count=count(round(rate)))
    if rate * 60 >= 1:
        return _("%(count)s per minute", count=count(round(rate * 60)))
    return _("%(count)s per hour", count=count(max(1, round(rate * 3600))))


def in_words(seconds: int) -> Text:
    """Return a duration in its largest unit, rounded up: seconds, minutes or hours, of which a few minutes are left."""
    if seconds < 100:
        return ngettext("%(num)s second", "%(num)s seconds", seconds)
    if seconds < 100 * 60:
        return ngettext("%(num)s minute", "%(num)s minutes", math.ceil(seconds / 60))
    return ngettext("%(num)s hour", "%(num)s hours", math.ceil(round(seconds / 3600, 1)))
