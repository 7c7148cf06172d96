"""A very short version of `make chaos`, two troubles in each storm: enough to see that the storms themselves work."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.support.processes import ROOT

# The seeds choose troubles after which nothing waits for long: with the first, the sender and PostgreSQL crash.
SETTINGS = {
    "broadcasts": {"ROUNDS": 1, "PEOPLE": 400, "SEED": 28},
    "workflows": {"ROUNDS": 1, "RUNS": 60, "SEED": 2},
    "hubspot": {"ROUNDS": 1, "PEOPLE": 40, "SEED": 15},
    "together": {"DURATION": 2, "SEED": 5},
}
SAYS = {
    "broadcasts": "chaos broadcasts: passed: 1 broadcasts to 400 people",
    "workflows": "chaos workflows: passed: 1 rounds of 60 runs",
    "hubspot": "chaos hubspot: passed: 1 rounds of 40 friends",
    "together": "chaos together: passed: crashes, clock: ",
}
# A storm waits for most of its time.
SIDE_BY_SIDE = 2


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


@pytest.fixture(scope="module")
def storms(request: pytest.FixtureRequest) -> Iterator[dict[str, Future[str]]]:
    """The last lines of all storms that are asked for, of which several go on side by side."""
    names = [one.callspec.params["storm"] for one in request.session.items if one.path == request.path]  # type: ignore[attr-defined]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        yield {name: pool.submit(last_line_of, name, **SETTINGS[name]) for name in names}


@pytest.mark.kill
@pytest.mark.timeout(300)
@pytest.mark.parametrize("storm", SETTINGS)
def test_all_is_there_once_whatever_happens(storm: str, storms: dict[str, Future[str]]) -> None:
    assert SAYS[storm] in storms[storm].result()
