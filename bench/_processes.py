"""The program's own processes, started as in production on a benchmark's installation."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import SimpleNamespace

import psutil

from app.cli.up import WORKERS
from bench.harness import ROOT

PATIENCE = 60.0


@contextmanager
def web(env: dict[str, str], application: str) -> Iterator[SimpleNamespace]:
    """Run gunicorn with this application: `port`, and `memory_mb()` of the largest of its processes."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (sys.executable, "-m", "gunicorn", application)
    with _processes([command], env | {"PORT": str(port), "HOST": "127.0.0.1"}) as (server,):
        wait_until(lambda: _listens(port), "the web server listens")
        yield SimpleNamespace(port=port, memory_mb=lambda: memory_mb(server.pid))


@contextmanager
def workers(env: dict[str, str]) -> Iterator[list[int]]:
    """Run the workers of all classes as `make run` does, and the scheduler; yields the workers' process ids."""
    commands = [*WORKERS.values(), (sys.executable, "-m", "flask", "scheduler")]
    with _processes(commands, env | {"FLASK_APP": "wsgi"}) as started:
        yield [process.pid for process in started[:-1]]


def wait_until(holds: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Look until it holds; raises TimeoutError that names what did not come about."""
    deadline = time.monotonic() + patience
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"It did not come about: {what}.")
        time.sleep(0.1)


def memory_mb(pid: int) -> float:
    """Return what the largest of a process and its children holds."""
    family = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return max(member.memory_info().rss for member in family) / 1024**2


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _processes(commands: Sequence[Sequence[str]], env: dict[str, str]) -> Iterator[list[subprocess.Popen[bytes]]]:
    started = [subprocess.Popen(command, cwd=ROOT, env={**os.environ, **env}) for command in commands]
    try:
        yield started
    finally:
        for process in started:
            process.terminate()
        for process in started:
            process.wait(PATIENCE)
