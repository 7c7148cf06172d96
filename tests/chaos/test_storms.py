"""A very short version of `make chaos`, two troubles in each storm: enough to see that the storms themselves work."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.processes import ROOT


def last_line_of(storm: str, **settings: int) -> str:
    """Let a storm loose in a process of its own, since keys, stores and addresses are a process'; it must pass."""
    env = (
        os.environ
        | {"STORM": storm, "TROUBLES": "2", "PYTHONPATH": str(ROOT)}
        | {name: str(one) for name, one in settings.items()}
    )
    command = [sys.executable, "-m", "tests.chaos"]
    ended = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout.splitlines()[-1]


# The seeds choose troubles after which nothing waits for long: with the first, the sender and PostgreSQL crash.
@pytest.mark.kill
@pytest.mark.timeout(300)
def test_a_broadcast_reaches_everyone_once_whatever_happens() -> None:
    said = last_line_of("broadcasts", ROUNDS=1, PEOPLE=400, SEED=28)
    assert "chaos broadcasts: passed: 1 broadcasts to 400 people" in said


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_each_run_of_a_workflow_takes_its_steps_once_whatever_happens() -> None:
    said = last_line_of("workflows", ROUNDS=1, RUNS=60, SEED=2)
    assert "chaos workflows: passed: 1 rounds of 60 runs" in said


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_hubspot_and_friends_come_in_step_whatever_happens() -> None:
    said = last_line_of("hubspot", ROUNDS=1, PEOPLE=40, SEED=15)
    assert "chaos hubspot: passed: 1 rounds of 40 friends" in said


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_nothing_is_lost_or_repeated_whatever_happens() -> None:
    said = last_line_of("together", DURATION=2, SEED=5)
    assert said.startswith("chaos together: passed: crashes, clock: ")
