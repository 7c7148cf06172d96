"""What troubles the installation of a storm: each for about so many seconds, and each returns faults that it saw."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterable

from tests.chaos.sky import drawn, set_clock
from tests.chaos.world import World

# A worker that is told to end must have done so within this, in seconds.
END_SECONDS = 10.0
# Jumps of the database's clock, in seconds; the last one is back to the truth.
JUMPS = (86_400, 0, -3_600, 0)
# How wrong the clocks of the four processes are, in seconds; one of them is right.
SKEWS = (0.0, 3_600.0, -3_600.0, 90_000.0)
# The functions that the program asks for the time, before those of PostgreSQL.
DATABASE_CLOCK = (
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
        for name in drawn(made.chance, list(made.processes)):
            took = made.processes[name].end()
            made.processes[name].start()
            if name == "realtime" and took > END_SECONDS:
                faults.append(f"{name} took {took:.0f} s to end")
            time.sleep(made.chance.uniform(0.2, 2.0))
    return faults


def clock(made: World, seconds: float) -> list[str]:
    """Set the database's clock forward and back, and kill the bulk worker under the wrong time."""
    made.has_jumped = True
    for skew in JUMPS:
        set_clock(skew)
        time.sleep(seconds / len(JUMPS) / 2)
        if skew > 0:
            made.processes["bulk"].kill()
            made.processes["bulk"].start()
        time.sleep(seconds / len(JUMPS) / 2)
    return []


def crashes(made: World, seconds: float) -> list[str]:
    """Crash PostgreSQL, Redis with all it holds, and every process, one after the other in any order."""
    victims = [made.crash_postgresql, made.redis.crash, *(process.crash for process in made.processes.values())]
    for _ in _until(seconds):
        for crash in drawn(made.chance, victims):
            crash()
            time.sleep(made.chance.uniform(0.2, 2.0))
    return []


def wrong_clocks(made: World, seconds: float) -> list[str]:
    """Give the processes clocks that differ by hours, as hosts without NTP have them."""
    for _ in _until(seconds):
        skews = zip(made.processes.values(), made.chance.sample(SKEWS, len(SKEWS)), strict=True)
        for process, skew in drawn(made.chance, list(skews)):
            process.crash(skew)
        made.wait_for_web()
        time.sleep(made.chance.uniform(4.0, 8.0))
    return []


def _until(seconds: float) -> Iterable[None]:
    """Repeat until the time is over, at least once."""
    end = time.monotonic() + seconds
    yield
    while time.monotonic() < end:
        yield
