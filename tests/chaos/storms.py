"""The storms: what troubles an installation while it works. After each, everything must be there once."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from tests.chaos import broadcasts, conditions, cut_off, hubspot, inbox, proxies, workflows
from tests.chaos.sky import drawn, limit
from tests.chaos.troubles import DATABASE_CLOCK, clock, crashes, kills, outages, restarts, wrong_clocks
from tests.chaos.world import World, world

Run = Callable[[int, random.Random], tuple[list[str], str]]
# Troubles the world for about so many seconds; returns faults that it saw itself.
Trouble = Callable[[World, float], list[str]]


@dataclass(frozen=True)
class Storm:
    """How to let it loose, and why it cannot be tried here, if so."""

    run: Run
    cannot_run: Callable[[], str] = lambda: ""


def storm_of(*troubles: Trouble, prepare: tuple[str, ...] = ()) -> Storm:
    """Return the storm of these troubles, one after the other."""

    def run(seconds: int, chance: random.Random) -> tuple[list[str], str]:
        faults, striking = list[str](), drawn(chance, troubles) if limit() else troubles
        with world(seconds, chance, prepare) as made:
            for trouble in striking:
                faults += trouble(made, seconds / len(striking))
            made.set_clocks_right()
        return faults + made.faults, f"{', '.join(trouble.__name__ for trouble in striking)}: {made.words()}"

    return Storm(run)


STORMS: dict[str, Storm] = {
    "kills": storm_of(kills),
    "outages": storm_of(outages),
    "restarts": storm_of(restarts),
    "clock": storm_of(clock, prepare=DATABASE_CLOCK),
    "crashes": storm_of(crashes),
    "wrong_clocks": storm_of(wrong_clocks),
    "together": storm_of(kills, outages, clock, wrong_clocks, crashes, restarts, prepare=DATABASE_CLOCK),
    "broadcasts": Storm(broadcasts.run),
    "workflows": Storm(workflows.run),
    "hubspot": Storm(hubspot.run),
    "inbox": Storm(inbox.run),
    "conditions": Storm(conditions.run),
    "hosts": Storm(cut_off.run, cut_off.cannot_run),
    **{proxy: Storm(partial(proxies.run, proxy), partial(proxies.cannot_run, proxy)) for proxy in proxies.PROGRAMS},
}
