"""What `make test` does with tests that fail: few get a second try, and the run's output names who needed it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.again import MOST
from tests.support.processes import ROOT

STEADY = "def test_steady(): pass\n"
BROKEN = "def test_broken(): assert False\n"
SHAKY = """
from pathlib import Path

def test_shaky():
    seen = Path("seen")
    was_seen = seen.exists()
    seen.touch()
    assert was_seen
"""
SAID = "PASSED ONLY AT THE SECOND TRY"


def tried(directory: Path, *tests: str) -> tuple[int, str]:
    """Run these tests as `make test` does, side by side; returns the status and the output."""
    for number, test in enumerate(tests):
        (directory / f"test_{number}.py").write_text(test)
    command = [sys.executable, "-m", "tests.again", "-n", "2", "--dist", "loadfile", "-q", "--rootdir", str(directory)]
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": ""}
    done = subprocess.run([*command, "."], cwd=directory, env=env, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_what_passes_at_the_second_try_is_named(tmp_path: Path) -> None:
    status, output = tried(tmp_path, STEADY, SHAKY)
    assert status == 0
    assert "test_1.py::test_shaky" in output.partition(SAID)[2]
    assert "test_steady" not in output.partition(SAID)[2]


def test_what_fails_twice_has_failed(tmp_path: Path) -> None:
    status, output = tried(tmp_path, BROKEN, SHAKY)
    assert status == 1
    assert output.count("= FAILURES =") == 2
    assert "test_1.py::test_shaky" in output.partition(SAID)[2]
    assert "test_broken" not in output.partition(SAID)[2]


def test_many_failures_get_no_second_try(tmp_path: Path) -> None:
    shaky = "".join(SHAKY.replace("shaky", f"shaky_{one}").replace("seen", f"seen_{one}") for one in range(MOST + 1))
    status, output = tried(tmp_path, shaky)
    assert status == 1
    assert SAID not in output
    assert "6 tests failed; only up to 5 get a second try." in output


def test_what_cannot_be_imported_never_passes(tmp_path: Path) -> None:
    status, output = tried(tmp_path, "import nothing_of_that_name\n", SHAKY)
    assert status not in (0, 1)
    assert SAID not in output


def test_a_run_that_did_not_come_to_its_end_gets_no_second_try(tmp_path: Path) -> None:
    status, output = tried(tmp_path, SHAKY, "def test_ends():\n    import pytest\n    pytest.exit('over', 3)\n")
    assert status not in (0, 1)
    assert "second try" not in output.lower()
