"""One data directory serves one `make run`: a lock that all its processes hold, and a record of them.

So a run whose first process was killed still holds the directory while any of its processes lives. The next start finds
them in the record, ends them, and only then begins.
"""

import fcntl
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import click

from app.embedded.data_directory import open_lock
from app.embedded.processes import started_at

# Seconds that processes of a killed run have after each signal.
PATIENCE = {signal.SIGTERM: 15.0, signal.SIGKILL: 5.0}


@dataclass(frozen=True)
class Recorded:
    """A process by its number and when it began, since numbers are used again."""

    pid: int
    began: str

    @property
    def lives(self) -> bool:
        """Whether this very process is still there."""
        return bool(self.began) and started_at(self.pid) == self.began


class ProcessLockFile:
    """The held lock file: the first line is the process that runs all, each other line one that it started."""

    def __init__(self, lock: int) -> None:
        self.lock = lock

    def note(self, pid: int) -> None:
        """Add a process, which leads a group of its own."""
        os.lseek(self.lock, 0, os.SEEK_END)
        os.write(self.lock, f"{pid} {started_at(pid)}\n".encode())

    def clear(self) -> None:
        """Forget those of an earlier run."""
        os.ftruncate(self.lock, 0)

    def read(self) -> list[Recorded]:
        """Return all that were noted, the one that runs all first; what cannot be read counts as ended."""
        os.lseek(self.lock, 0, os.SEEK_SET)
        lines = (line.split(maxsplit=1) for line in os.read(self.lock, 64 * 1024).decode().splitlines())
        return [Recorded(int(words[0]), words[1]) for words in lines if len(words) == 2 and words[0].isdecimal()]


@contextmanager
def only_run(data: Path) -> Iterator[ProcessLockFile]:
    """Hold the data directory for this run. What a killed run left is ended first; raises where another one lives."""
    lock = open_lock(data / "up.lock")
    record = ProcessLockFile(lock)
    try:
        if not _take(lock):
            _end_killed_run(record, data)
        record.clear()
        record.note(os.getpid())
        yield record
    finally:
        os.close(lock)


def _take(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _end_killed_run(record: ProcessLockFile, data: Path) -> None:
    """Take the lock from a run whose first process has ended; raises ClickException when it has not, or in vain."""
    known = record.read()
    if not known or known[0].lives:
        process = f" (process {known[0].pid})" if known else ""
        raise click.ClickException(f"Tomoru already runs with the data in {data}{process}: stop it first.")
    click.echo("An earlier run was killed; what it left is ended first …")
    for number, seconds in PATIENCE.items():
        _tell(known[1:], number)
        if _taken_within(record.lock, seconds):
            return
    raise click.ClickException(f"Processes of an earlier run still use the data in {data}: end them first.")


def _tell(processes: list[Recorded], number: signal.Signals) -> None:
    for process in processes:
        if process.lives:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, number)


def _taken_within(lock: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not _take(lock):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True
