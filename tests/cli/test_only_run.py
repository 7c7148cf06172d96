"""One data directory serves one run, also after the process that started everything was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import psutil
import pytest

from app.cli import only_run
from app.cli.local import ROOT
from tests.support.waiting import wait_until

# Holds the directory, starts a process as `make run` does, tells its number, and waits.
RUN = """
import os, sys, time
from pathlib import Path
from app.cli.only_run import only_run
from app.cli.supervisor import StopSignals, Supervisor
with only_run(Path(sys.argv[1])) as record:
    group = Supervisor(Path.cwd(), os.environ, StopSignals(), holds=(record.lock,), note=record.note)
    group.start("deaf", (sys.executable, "-c", sys.argv[2]))
    group.wait()
"""
DEAF = "import os, signal, time; signal.signal(15, 1); print(f'here {os.getpid()}', flush=True); time.sleep(600)"
LISTENING = "import os, time; print(f'here {os.getpid()}', flush=True); time.sleep(600)"


class Run:
    """A run in a process of its own, and the number of what it started."""

    def __init__(self, data: Path, code: str) -> None:
        command = [sys.executable, "-c", RUN, str(data), code]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        self.child = psutil.Process(int(self.process.stdout.readline().split()[-1]))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def runs() -> Iterator[list[Run]]:
    started: list[Run] = []
    yield started
    for run in started:
        run.kill()
        if run.child.is_running():
            run.child.kill()


def test_a_living_run_keeps_others_out(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(Run(tmp_path, LISTENING))
    with (
        pytest.raises(click.ClickException, match=rf"already runs .*\(process {runs[0].process.pid}\)"),
        only_run.only_run(tmp_path),
    ):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has ended")
def test_what_was_started_ends_with_a_killed_run(tmp_path: Path, runs: list[Run]) -> None:
    runs.append(Run(tmp_path, LISTENING))
    runs[0].kill()
    wait_until(lambda: not runs[0].child.is_running(), "the process has ended with its parent")


def test_the_next_start_ends_what_does_not_listen(
    tmp_path: Path, runs: list[Run], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(only_run, "PATIENCE", {signal.SIGTERM: 0.2, signal.SIGKILL: 10.0})
    runs.append(Run(tmp_path, DEAF))
    runs[0].kill()
    assert runs[0].child.is_running()
    with only_run.only_run(tmp_path) as record:
        assert [process.pid for process in record.read()] == [os.getpid()]
    assert not runs[0].child.is_running() or runs[0].child.status() == psutil.STATUS_ZOMBIE
    assert "An earlier run was killed" in capsys.readouterr().out


def test_a_process_that_only_has_the_number_is_left_alone() -> None:
    assert only_run.Recorded(os.getpid(), only_run.started_at(os.getpid())).lives
    assert not only_run.Recorded(os.getpid(), "another time").lives
