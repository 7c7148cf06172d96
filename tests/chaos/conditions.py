"""Conditions of segments against plain Python, with many more random definitions than the tests try."""

from __future__ import annotations

import os
import random
import subprocess
import sys

from tests.support.processes import ROOT

TIMES = 20
COMMAND = (
    "pytest",
    "tests/segments/conditions/test_against_python.py",
    "-q",
    "--timeout",
    "0",
    "-p",
    "no:cacheprovider",
)


def run(_seconds: int, chance: random.Random) -> tuple[list[str], str]:
    """Run the tests of the conditions with more examples; returns what differs, and what was done."""
    env = os.environ | {"EXAMPLES": str(TIMES), "EXAMPLES_SEED": str(chance.getrandbits(32))}
    done = subprocess.run(
        [sys.executable, "-m", *COMMAND], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    faults = [] if done.returncode == 0 else [done.stdout[-4_000:]]
    return faults, f"{TIMES} times the examples of the tests, each form of SQL as Python says"
