"""A process that is started with a wrong clock tells another time, and everything else is as ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.chaos import wrong_clock

TOLD = """
import json, time
from datetime import UTC, datetime
moment = datetime.now(UTC)
parsed = datetime.fromisoformat("2026-04-01T00:00:00+00:00")
kinds = {type(one).__module__ + "." + type(one).__qualname__ for one in (moment, parsed, datetime(2026, 4, 1))}
print(json.dumps({
    "times": [time.time(), time.time_ns() / 1e9, moment.timestamp()],
    "kinds": sorted(kinds),
    "are_moments": all(isinstance(one, datetime) for one in (moment, parsed)),
}))
"""


def told(skew: float) -> dict[str, Any]:
    env = os.environ | wrong_clock.by(skew)
    answer: dict[str, Any] = json.loads(subprocess.check_output([sys.executable, "-c", TOLD], env=env))
    return answer


def test_its_clock_is_wrong_and_its_moments_are_real() -> None:
    answer = told(-90_000)
    assert all(moment < time.time() - 80_000 for moment in answer["times"])
    assert answer["kinds"] == ["datetime.datetime"]
    assert answer["are_moments"]


def test_without_a_skew_nothing_is_touched() -> None:
    assert wrong_clock.by(0) == {}
    assert all(abs(moment - time.time()) < 3_600 for moment in told(0)["times"])


def test_a_clock_that_goes_by_a_file_moves_while_the_process_runs(tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    wrong_clock.set_file(clock, 0.0)
    waits = "import time; before = time.time(); print(flush=True); input(); print(time.time() - before)"
    with subprocess.Popen(
        [sys.executable, "-c", waits],
        env=os.environ | wrong_clock.by_file(clock),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout and process.stdout.readline() == "\n"
        wrong_clock.set_file(clock, 3_700.0)
        moved, _ = process.communicate("\n")
    assert 3_700 <= float(moved) < 7_000
