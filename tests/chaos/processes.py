"""The program's processes on this machine, each of which may be killed, told to end, and started again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

from app.cli.up import WORKERS
from tests.chaos import wrong_clock
from tests.support.processes import ROOT

COMMANDS = {
    "web": (sys.executable, "-m", "gunicorn", "wsgi:app"),
    **WORKERS,
    "scheduler": (sys.executable, "-m", "flask", "scheduler"),
}
# Beyond this a process that was told to end is killed, which a storm counts as a fault.
PATIENCE = 30.0
LOG = ROOT / ".data" / "chaos.log"


class Process:
    """One process of the program; its words go to the log."""

    def __init__(self, name: str, env: dict[str, str]) -> None:
        self.name, self._env = name, env
        self._running: subprocess.Popen[bytes] | None = None
        # By how many seconds its clock is wrong.
        self.skew = 0.0

    def start(self, skew: float = 0.0) -> None:
        """Start it, out of reach of a Ctrl-C of the terminal, with a clock that is wrong by so many seconds."""
        self.skew = skew
        LOG.parent.mkdir(parents=True, exist_ok=True)
        with LOG.open("ab") as log:
            self._running = subprocess.Popen(
                COMMANDS[self.name],
                cwd=ROOT,
                env=os.environ | self._env | wrong_clock.by(skew),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self) -> None:
        """End it and its children without warning."""
        if self._running is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._running.pid, 9)
            self._running.wait()
            self._running = None

    def crash(self, skew: float = 0.0) -> None:
        """Kill it and start it again, with a clock that is wrong by so many seconds."""
        self.kill()
        self.start(skew)

    def end(self) -> float:
        """Tell it to end; seconds that this took. It is killed when it does not."""
        began = time.monotonic()
        if self._running is not None:
            self._running.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._running.wait(PATIENCE)
        self.kill()
        return time.monotonic() - began

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself."""
        return self._running is not None and self._running.poll() is not None


@contextmanager
def running(env: dict[str, str]) -> Iterator[dict[str, Process]]:
    """Start all of them; raises RuntimeError at the end when one has ended by itself.

    All was looked at by then, so they are killed, which takes no time.
    """
    processes = {name: Process(name, env) for name in COMMANDS}
    try:
        for process in processes.values():
            process.start()
        yield processes
        ended = [process.name for process in processes.values() if process.has_ended]
        if ended:
            raise RuntimeError(f"processes ended by themselves: {ended}")
    finally:
        with ThreadPoolExecutor(len(processes)) as pool:
            list(pool.map(Process.kill, processes.values()))
