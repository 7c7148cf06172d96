"""Keeps a handful of processes running together: shows what they say, stops all when one ends or a signal comes.

A signal only leaves a note that the waiting loop reads, so it may come at any moment and no process is lost.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType, TracebackType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Work in progress may finish; programs that take longer are killed.
PATIENCE = 30.0
NAME_WIDTH = 9
TIED = str(Path(__file__).with_name("tied.py"))


class AskedToStop(Exception):
    """A signal asked us to stop."""


class ProcessEnded(Exception):
    """A process ended that should run on, or a step failed; the message is a sentence that names it."""


class StopSignals:
    """Counts the signals that ask this program to stop, from the moment it is made."""

    def __init__(self) -> None:
        self.count = 0
        for number in SIGNALS:
            signal.signal(number, self._note)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del number, frame
        self.count += 1


class Supervisor:
    """A group of processes, stopped together when the block ends."""

    def __init__(
        self,
        cwd: Path,
        env: Mapping[str, str],
        signals: StopSignals,
        *,
        holds: Sequence[int] = (),
        note: Callable[[int], None] = lambda pid: None,
    ) -> None:
        """Pass the descriptors in `holds` to every process, and its number to `note`."""
        self._holds, self._note_process = tuple(holds), note
        self._cwd = cwd
        self._signals = signals
        self._env = {**env, "PYTHONUNBUFFERED": "1"}
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._readers: list[threading.Thread] = []
        self._again: dict[str, Sequence[str]] = {}

    def __enter__(self) -> "Supervisor":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, name: str, command: Sequence[str], *, again: bool = False) -> None:
        """Start a process that is meant to run on; with `again` it is started again when a signal has killed it.

        It ends with us. It must be started from the main thread, whose end counts as ours.
        """
        if again:
            self._again[name] = command
        process = subprocess.Popen(  # noqa: S603 - our own programs, without a shell.
            (sys.executable, "-IS", TIED, str(os.getpid()), *command),
            cwd=self._cwd,
            env=self._env,
            pass_fds=self._holds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # A Ctrl-C of the terminal reaches only us, and we pass it on in order.
            start_new_session=True,
        )
        self._note_process(process.pid)
        self._running[name] = process
        reader = threading.Thread(target=_show, args=(name, process), daemon=True)
        reader.start()
        self._readers.append(reader)

    def run(self, name: str, command: Sequence[str]) -> None:
        """Run a step to its end; raises ProcessEnded when it fails."""
        self.start(name, command)
        self.wait(lambda: self._running[name].poll() == 0)
        del self._running[name]

    def wait(self, until: Callable[[], bool] = lambda: False) -> None:
        """Wait until the condition holds; raises when a process ends that is not started again, or a signal comes."""
        while not until():
            if self._signals.count:
                raise AskedToStop
            for name, process in list(self._running.items()):
                if process.poll() is not None and not until():
                    self._replace(name, process.returncode)
            time.sleep(0.1)

    def _replace(self, name: str, code: int) -> None:
        """Start a process again that a signal has killed; raises ProcessEnded for any other end and process."""
        if code >= 0 or name not in self._again:
            raise ProcessEnded(_ending(name, code))
        say(name, f"{signal.Signals(-code).name} has ended it; it is started again.")
        self.start(name, self._again[name])

    def stop(self) -> None:
        """Ask all programs to end, wait (a second signal cuts that short), and kill those that are left."""
        for process in self._running.values():
            process.terminate()
        deadline = time.monotonic() + PATIENCE
        while self._is_anyone_left() and time.monotonic() < deadline and self._signals.count < 2:
            time.sleep(0.05)
        for process in self._running.values():
            # Each leads a group of its own, which may hold children that outlived it.
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        for reader in self._readers:
            reader.join(timeout=1)
        self._running.clear()

    def _is_anyone_left(self) -> bool:
        return any(process.poll() is None for process in self._running.values())


def _ending(name: str, code: int) -> str:
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    return f"“{name}” {how}, so everything else was stopped too; its last words stand above."


def _show(name: str, process: "subprocess.Popen[bytes]") -> None:
    assert process.stdout is not None  # noqa: S101 - it was opened as a pipe.
    for line in process.stdout:
        say(name, line.decode(errors="replace").rstrip())


def say(name: str, words: str) -> None:
    """Write a line with the name of the process that it is about."""
    sys.stdout.write(f"{name:<{NAME_WIDTH}} │ {words}\n")
    sys.stdout.flush()
