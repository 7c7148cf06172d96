"""A short version of `make chaos`: every trouble that needs no root, one after the other, in one installation."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.support.processes import ROOT


@pytest.mark.kill
@pytest.mark.timeout(300)
def test_a_broadcast_reaches_everyone_once_whatever_happens() -> None:
    # With this seed PostgreSQL and the sender crash at one moment, and the scheduler at another: whatever waits for the
    # scheduler's lease of half a minute would make the test slow.
    env = os.environ | {"STORM": "broadcasts", "ROUNDS": "1", "PEOPLE": "2000", "SEED": "37", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.chaos"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "chaos broadcasts: passed: 1 broadcasts to 2,000 people" in ended.stdout.splitlines()[-1]


@pytest.mark.kill
@pytest.mark.timeout(600)
def test_each_run_of_a_workflow_takes_its_steps_once_whatever_happens() -> None:
    # With this seed the scheduler is killed right after the clock was moved, so that its lease is over at once.
    env = os.environ | {"STORM": "workflows", "ROUNDS": "1", "RUNS": "300", "SEED": "3", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.chaos"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "chaos workflows: passed: 1 rounds of 300 runs" in ended.stdout.splitlines()[-1]


@pytest.mark.kill
@pytest.mark.timeout(600)
def test_nothing_is_lost_or_repeated_whatever_happens() -> None:
    """It has a process of its own, since an application's keys, stores and addresses are a process'."""
    env = os.environ | {"STORM": "together", "DURATION": "8", "SEED": "1", "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        [sys.executable, "-m", "tests.chaos"], cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1].startswith(
        "chaos together: passed: kills, outages, clock, wrong_clocks, crashes, restarts: "
    )
