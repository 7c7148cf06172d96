"""The storms: what troubles an installation while it works. After each, everything must be there once."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from app.core.db import db
from tests.chaos import cut_off, proxies
from tests.chaos.world import World, world

# A worker that is told to end must have done so within this, in seconds.
END_SECONDS = 10.0
# Jumps of the database's clock, in seconds; the last one is back to the truth.
JUMPS = (86_400, 0, -3_600, 0)
# The functions that the program asks for the time, before those of PostgreSQL.
CLOCK = (
    "CREATE SCHEMA chaos",
    "CREATE TABLE chaos.skew (seconds double precision NOT NULL)",
    "INSERT INTO chaos.skew VALUES (0)",
    *(
        f"CREATE FUNCTION chaos.{name}() RETURNS timestamptz LANGUAGE sql STABLE AS"
        f" 'SELECT pg_catalog.{name}() + make_interval(secs => (SELECT seconds FROM chaos.skew))'"
        for name in ("now", "statement_timestamp", "clock_timestamp")
    ),
    "DO $$ BEGIN EXECUTE format('ALTER DATABASE %%I SET search_path = chaos, pg_catalog, public', current_database());"
    " END $$",
)
Run = Callable[[int, random.Random], tuple[list[str], str]]
# Troubles the world for about so many seconds; returns faults that it saw itself.
Trouble = Callable[[World, float], list[str]]


@dataclass(frozen=True)
class Storm:
    """How to let it loose, and why it cannot be tried here, if so."""

    run: Run
    cannot_run: Callable[[], str] = lambda: ""


def kills(made: World, seconds: float) -> list[str]:
    """Kill a worker without warning, again and again, and start it again each time."""
    for _ in _until(seconds):
        time.sleep(made.chance.uniform(0.5, min(6.0, max(1.0, seconds))))
        victim = made.chance.choice(made.workers)
        victim.kill()
        victim.start()
    return []


def outages(made: World, seconds: float) -> list[str]:
    """Let LINE fail every request for most of the time, and Redis answer nothing for a part of it."""
    fault = made.line.api("POST", "/faults", {"kind": "status", "status": 503, "path": None})
    time.sleep(seconds / 2)
    made.redis.process.send_signal(signal.SIGSTOP)
    try:
        time.sleep(seconds / 4)
    finally:
        made.redis.process.send_signal(signal.SIGCONT)
    made.line.api("DELETE", f"/faults/{fault['id']}")
    time.sleep(seconds / 4)
    return []


def restarts(made: World, seconds: float) -> list[str]:
    """Tell every process to end, one after the other in any order, and start it again."""
    faults = []
    for _ in _until(seconds):
        names = list(made.processes)
        made.chance.shuffle(names)
        for name in names:
            took = made.processes[name].end()
            made.processes[name].start()
            if name == "realtime" and took > END_SECONDS:
                faults.append(f"{name} took {took:.0f} s to end")
            time.sleep(made.chance.uniform(0.2, 2.0))
    return faults


def clock(made: World, seconds: float) -> list[str]:
    """Set the database's clock forward and back, and kill the bulk worker under the wrong time."""
    for skew in JUMPS:
        _set_clock(skew)
        time.sleep(seconds / len(JUMPS) / 2)
        if skew > 0:
            made.processes["bulk"].kill()
            made.processes["bulk"].start()
        time.sleep(seconds / len(JUMPS) / 2)
    return []


def storm_of(*troubles: Trouble, prepare: tuple[str, ...] = ()) -> Storm:
    """Return the storm of these troubles, one after the other."""

    def run(seconds: int, chance: random.Random) -> tuple[list[str], str]:
        faults = list[str]()
        with world(seconds, chance, prepare) as made:
            for trouble in troubles:
                faults += trouble(made, seconds / len(troubles))
        return faults + made.faults, f"{', '.join(trouble.__name__ for trouble in troubles)}: {made.words()}"

    return Storm(run)


def _until(seconds: float) -> Iterable[None]:
    """Repeat until the time is over, at least once."""
    end = time.monotonic() + seconds
    yield
    while time.monotonic() < end:
        yield


def _set_clock(skew: float) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"UPDATE chaos.skew SET seconds = {skew}")


STORMS: dict[str, Storm] = {
    "kills": storm_of(kills),
    "outages": storm_of(outages),
    "restarts": storm_of(restarts),
    "clock": storm_of(clock, prepare=CLOCK),
    "together": storm_of(kills, outages, clock, restarts, prepare=CLOCK),
    "hosts": Storm(cut_off.run, cut_off.cannot_run),
    **{proxy: Storm(partial(proxies.run, proxy), partial(proxies.cannot_run, proxy)) for proxy in proxies.PROGRAMS},
}
