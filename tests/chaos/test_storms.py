"""A short version of `make chaos`: every trouble that needs no root, one after the other, in one installation."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.processes import ROOT


def last_line_of(storm: str, **settings: int) -> str:
    """Let a storm loose in a process of its own, since keys, stores and addresses are a process'; it must pass."""
    env = os.environ | {"STORM": storm, "PYTHONPATH": str(ROOT)} | {name: str(one) for name, one in settings.items()}
    command = [sys.executable, "-m", "tests.chaos"]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.splitlines()[-1]


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_a_broadcast_reaches_everyone_once_whatever_happens() -> None:
    # With this seed PostgreSQL and the sender crash at one moment, and the scheduler at another: whatever waits for the
    # scheduler's lease of half a minute would make the test slow.
    said = last_line_of("broadcasts", ROUNDS=1, PEOPLE=2000, SEED=37)
    assert "chaos broadcasts: passed: 1 broadcasts to 2,000 people" in said


@pytest.mark.kill
@pytest.mark.timeout(600)
def test_each_run_of_a_workflow_takes_its_steps_once_whatever_happens() -> None:
    # With this seed the scheduler is killed right after the clock was moved, so that its lease is over at once.
    said = last_line_of("workflows", ROUNDS=1, RUNS=300, SEED=3)
    assert "chaos workflows: passed: 1 rounds of 300 runs" in said


@pytest.mark.kill
@pytest.mark.timeout(600)
def test_hubspot_and_friends_come_in_step_whatever_happens() -> None:
    said = last_line_of("hubspot", ROUNDS=1, PEOPLE=200, SEED=3)
    assert "chaos hubspot: passed: 1 rounds of 200 friends" in said


@pytest.mark.kill
@pytest.mark.timeout(600)
def test_nothing_is_lost_or_repeated_whatever_happens() -> None:
    said = last_line_of("together", DURATION=8, SEED=1)
    assert said.startswith("chaos together: passed: kills, outages, clock, wrong_clocks, crashes, restarts: ")
