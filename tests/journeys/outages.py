"""The web server of an installation away for a while, as when it has crashed."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from tests.journeys.conftest import Installation


@contextmanager
def web_away(demo: Installation) -> Iterator[None]:
    """Kill the web server; only after the block it is noticed, and started again."""
    watcher = demo.process.pid
    web = _web_of(watcher)
    os.kill(watcher, signal.SIGSTOP)
    try:
        os.killpg(web, signal.SIGKILL)
        yield
    finally:
        os.kill(watcher, signal.SIGCONT)


def _web_of(watcher: int) -> int:
    """Return the number of the web server, which leads the group of its processes."""
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
    rows = [line.split(None, 2) for line in table.stdout.splitlines()]
    return next(int(pid) for pid, parent, command in rows if int(parent) == watcher and "gunicorn" in command)
